/* siege.c - what hostile clients do to others: how long an empty program takes from its call to its
 * answer, on a connection of its own, while one of them (attackers.py) is at work, beside how long
 * it takes in peace. In turns: a slice of calls in peace, the same number under each kind of
 * attack, in shuffled order. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "bailiff/units.h"
#include "bench/bare.h"
#include "bench/measure.h"
#include "bench/once.h"
#include "bench/options.h"
#include "bench/requests.h"
#include "bench/service.h"

enum { SLICE_CALLS = 30, SETTLE_CALLS = 20, BEGIN_MS = 20000 };

static const char *const kinds[] = {"stall",  "flood",   "reset", "halves",
                                    "unread", "garbage", "upload"};
enum { KINDS = BL_ARRAY_LEN(kinds) };

struct siege {
    struct bl_loop *loop;
    struct bl_service_run service;
    struct bl_request empty;
    struct bl_caller *caller;
    struct bl_sample peace, under[KINDS];
};

static int slice(struct siege *siege, int calls, struct bl_sample *sample, struct bl_err *err)
{
    uint64_t took_ns;

    for (int i = 0; i < calls; i++)
        if (bl_once(siege->loop, siege->caller, &siege->empty, &took_ns, err) < 0 ||
            (sample && bl_sample_add(sample, took_ns, err) < 0))
            return -1;
    return 0;
}

static void end_attacker(pid_t pid)
{
    (void)kill(pid, SIGKILL);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
}

/* Returns once it says that the harm has begun. */
static int start_attacker(pid_t *pid, const struct siege *siege, const char *kind,
                          struct bl_err *err)
{
    const char *const argv[] = {"/usr/bin/python3",
                                "-B",
                                BAILIFF_BENCH_FOLDER "/attackers.py",
                                kind,
                                siege->service.address.local.sun_path,
                                NULL};
    int ends[2];
    char word;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return bl_fail(err, BL_STEP_PIPE, errno, "attacker");
    bl_autoclose int from = ends[0], to = ends[1];
    if (bl_bare_start(pid, argv, to, -1, err) < 0)
        return -1;
    bl_close_fd(&to);
    struct pollfd ready = {.fd = from, .events = POLLIN};
    while (poll(&ready, 1, BEGIN_MS) == 1 && read(from, &word, 1) == 1)
        if (word == '\n')
            return 0;
    end_attacker(*pid);
    return bl_fail(err, BL_STEP_EXEC, 0, "attacker: %s does not begin", kind);
}

static int attack(struct siege *siege, size_t kind, struct bl_err *err)
{
    pid_t pid;

    if (slice(siege, SLICE_CALLS, &siege->peace, err) < 0 ||
        start_attacker(&pid, siege, kinds[kind], err) < 0)
        return -1;
    int status = slice(siege, SLICE_CALLS, &siege->under[kind], err);
    end_attacker(pid);
    return status < 0 ? -1 : slice(siege, SETTLE_CALLS, NULL, err);
}

static int measure(struct siege *siege, const struct bl_bench_options *options, struct bl_err *err)
{
    const uint64_t until_ns = bl_now_ns() + options->seconds * BL_NS_PER_S;
    uint64_t seed = 20261122;
    size_t order[KINDS];

    if (bl_loop_new(&siege->loop, err) < 0 || bl_request_of_empty(&siege->empty, err) < 0 ||
        bl_service_start(&siege->service, options->programs, err) < 0 ||
        bl_caller_new(&siege->caller, siege->loop, &siege->service.address, err) < 0 ||
        slice(siege, SETTLE_CALLS, NULL, err) < 0)
        return -1;
    for (uint64_t round = 0; round < options->rounds; round++) {
        if (round > 0 && bl_now_ns() > until_ns)
            break;
        bl_order_shuffle(order, KINDS, &seed);
        for (size_t i = 0; i < KINDS; i++)
            if (attack(siege, order[i], err) < 0)
                return -1;
    }
    return 0;
}

static json_t *answer(struct siege *siege)
{
    json_t *rows = json_object();
    double worst = 0;

    bl_sample_sort(&siege->peace);
    for (size_t i = 0; i < KINDS; i++) {
        bl_sample_sort(&siege->under[i]);
        json_t *row = bl_sample_json(&siege->under[i], &siege->peace);
        double ratio = json_number_value(json_object_get(row, "ratio_p99"));

        worst = ratio > worst ? ratio : worst;
        (void)json_object_set_new(rows, kinds[i], row); /* NULL is refused, and found missing */
    }
    return json_pack("{s:{s:o, s:o, s:f, s:f}}", "siege", "peace",
                     bl_sample_json(&siege->peace, &siege->peace), "under", rows, "worst_p99",
                     worst, "worker_peak_mib", (double)bl_service_peak_kib(&siege->service) / 1024);
}

static void release(struct siege *siege)
{
    bl_caller_free(&siege->caller);
    bl_service_stop(&siege->service);
    bl_request_release(&siege->empty);
    bl_sample_release(&siege->peace);
    for (size_t i = 0; i < KINDS; i++)
        bl_sample_release(&siege->under[i]);
    if (siege->loop)
        bl_loop_free(&siege->loop);
}

int main(int argc, char **argv)
{
    struct bl_bench_options options = {.rounds = 20, .seconds = 120};
    static struct siege siege = {.service.pid = -1};
    struct bl_err err;
    int status = bl_bench_options_read(&options, argc, argv, &err);

    if (status == 0)
        status = measure(&siege, &options, &err);
    if (status == 0)
        status = bl_bench_answer(&options, answer(&siege), &err);
    release(&siege);
    return bl_bench_exit("siege", status, &err);
}
