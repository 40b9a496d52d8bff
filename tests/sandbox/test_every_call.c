/* test_every_call.c - call number n of the worker, the warden, a builder, an init and a program's
 * process fails, for every n from the worker's first call to the end of its first job; then to the
 * end of its warden; and while a spare is made. Whatever fails: the job is told to have failed by
 * us, or ran behind every wall and ended well; nothing is left of it; the next one is right.
 *
 * A sample of the numbers, BAILIFF_CALL_STRIDE apart and shifted by BAILIFF_CALL_FROM; all of them,
 * with every error that each may have: make faults. */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "cgroup_fixture.h"
#include "executor/base/error.h"
#include "limits/verdict.h"
#include "tests/sandbox/every_call.h"
#include "tests/support/mounts.h"
#include "tests/support/strike.h"

enum {
    STRIDE = 53,    /* of the sample, unless told */
    END_STRIDE = 3, /* at most, of an end: it has some ten calls */
    PROGRAM_AT = 3, /* how deep a program's process is */
};

struct scene {
    struct fixture *fixture;
    enum every_call_part part;
    struct every_call_report *report, *usual;
    int report_fd, usual_fd;
    unsigned tried, told, ran; /* how many were struck; were told; ran all the same */
    unsigned mounts;           /* before */
    unsigned wrong;            /* all are tried before the test fails */
};

static struct every_call_report *map_report(int *fd)
{
    struct every_call_report *report;

    *fd = memfd_create("report", 0); /* the worker has it */
    assert_true(*fd >= 0);
    assert_return_code(ftruncate(*fd, (off_t)sizeof(*report)), errno);
    report = mmap(NULL, sizeof(*report), PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
    assert_true(report != MAP_FAILED);
    return report;
}

static void strike(const struct scene *scene, struct bl_strike *strike)
{
    char self[] = "/proc/self/exe", part[8], report[16];
    char *const argv[] = {self, scene->fixture->place, part, report, NULL};

    (void)snprintf(part, sizeof(part), "%d", (int)scene->part);
    (void)snprintf(report, sizeof(report), "%d", scene->report_fd);
    memset(scene->report, 0, sizeof(*scene->report));
    strike->let_go = PROGRAM_AT;
    bl_strike_run(strike, argv);
}

/* ---- what a program sees
 * -----------------------------------------------------------------------------
 */

/* Lines of `usual` that differ are replaced by a mark that equals everything: the machine itself
 * goes on counting there. */
static void blot(char *usual, const char *other)
{
    while (*usual && *other) {
        const size_t length = strcspn(usual, "\n"), its = strcspn(other, "\n");
        if (length != its || memcmp(usual, other, length) != 0)
            memset(usual, '*', length);
        usual += length + (usual[length] == '\n');
        other += its + (other[its] == '\n');
    }
}

/* An init that could not be favoured (birth.c) leaves its children the test's own scheduling. */
static bool is_no_wall(const char *line)
{
    return *line == '*' || strncmp(line, "/proc/self/timerslack_ns", 24) == 0 ||
           strncmp(line, "priority ", 9) == 0;
}

static bool has_same_walls(const char *usual, const char *now)
{
    while (*usual || *now) {
        const size_t length = strcspn(usual, "\n"), its = strcspn(now, "\n");
        if (!is_no_wall(usual) && (length != its || memcmp(usual, now, length) != 0)) {
            print_error("the program usually sees \"%.*s\", now \"%.*s\"\n", (int)length, usual,
                        (int)its, now);
            return false;
        }
        usual += length + (usual[length] == '\n');
        now += its + (now[its] == '\n');
    }
    return true;
}

/* ---- one failure
 * -------------------------------------------------------------------------------------
 */

static bool ended_right(const struct every_call_report *is, const struct bl_strike *struck)
{
    if (!struck->hung && WIFEXITED(struck->status) && WEXITSTATUS(struck->status) == 0 && is->told)
        return true;
    print_error("the worker %s: %#x\n", struck->hung ? "hung" : "ended", (unsigned)struck->status);
    return false;
}

static bool was_told_right(struct scene *scene)
{
    const struct every_call_report *is = scene->report;
    char text[BL_ERROR_TEXT_MAX];

    if (is->started && !is->refused && is->verdict == BL_VERDICT_OK) {
        scene->ran++;
        return is->files == scene->usual->files && has_same_walls(scene->usual->text, is->text);
    }
    scene->told++;
    /* A box with no room for the folders of its own inputs is the order's mistake. */
    if (is->verdict == BL_VERDICT_FILE_ERROR && is->error.step == BL_STEP_INPUT &&
        is->error.sys_errno == ENOSPC)
        return true;
    if (is->error.step != BL_STEP_NONE && (is->refused || is->verdict == BL_VERDICT_SANDBOX_ERROR))
        return true;
    print_error("verdict %s, exit %d, signal %d: %s; %s\n", bl_verdict_name(is->verdict),
                is->exit_code, is->signal, bl_error_text(&is->error, text), is->complaint);
    return false;
}

/* Fewer descriptors are none left: of figures that can be done without. */
static bool left_nothing(const struct scene *scene)
{
    const struct bl_footprint *is = &scene->report->settled, *usual = &scene->usual->settled;
    const unsigned mounts = bl_mounts_count(getpid());

    if (is->fds <= usual->fds && is->children == usual->children &&
        is->warden_fds <= usual->warden_fds && is->warden_children == 0 && is->groups == 0 &&
        mounts == scene->mounts)
        return true;
    print_error("fds %u, usually %u; children %u (%u); the warden's fds %u (%u), children %u; "
                "groups %u; mounts %u (%u)\n",
                is->fds, usual->fds, is->children, usual->children, is->warden_fds,
                usual->warden_fds, is->warden_children, is->groups, mounts, scene->mounts);
    return false;
}

/* How many errors that call may have; 0: there is none of that number. */
static unsigned fail_at(void *ctx, const char *process, unsigned long at, unsigned choice)
{
    struct scene *scene = ctx;
    struct bl_strike struck = {.mode = BL_STRIKE_ONE, .at = at, .choice = choice};
    const struct every_call_report *is = scene->report;
    char text[BL_ERROR_TEXT_MAX];

    (void)snprintf(struck.process, sizeof(struck.process), "%s", process);
    strike(scene, &struck);
    if (struck.struck == 0 && ended_right(is, &struck))
        return 0;
    scene->tried++;
    const bool right = ended_right(is, &struck) && was_told_right(scene) && left_nothing(scene);
    if (!right || getenv("BAILIFF_TELL_CALLS"))
        print_message("process %s, call %lu: system call %ld fails with %s: %s, %s\n", process, at,
                      struck.nr, strerrorname_np(struck.told),
                      !is->started  ? "not started"
                      : is->refused ? "refused"
                                    : bl_verdict_name(is->verdict),
                      bl_error_text(&is->error, text));
    scene->wrong += !right;
    return struck.errors;
}

static void find_usual(struct scene *scene)
{
    struct bl_strike none = {.mode = BL_STRIKE_ONE};

    for (int round = 0; round < 2; round++) {
        strike(scene, &none);
        assert_true(scene->report->told);
        assert_int_equal(scene->report->verdict, BL_VERDICT_OK);
        assert_false(scene->report->anew && scene->part == EVERY_CALL_START);
        if (round == 0)
            *scene->usual = *scene->report;
        else
            blot(scene->usual->text, scene->report->text);
    }
    assert_non_null(strstr(scene->usual->text, "Seccomp:\t2"));
}

static unsigned long number_of(const char *variable, unsigned long otherwise)
{
    const char *text = getenv(variable);
    const unsigned long number = text ? strtoul(text, NULL, 10) : 0;

    return number > 0 ? number : otherwise;
}

/* Beginning at another number for each process: not always the same of a kind. */
static void fail_some_calls_of(struct scene *scene, const char *process)
{
    unsigned long stride = number_of("BAILIFF_CALL_STRIDE", STRIDE);
    if (scene->part == EVERY_CALL_END && stride > END_STRIDE)
        stride = END_STRIDE;
    unsigned long at = (strlen(process) + number_of("BAILIFF_CALL_FROM", 0)) % stride + 1;

    while (fail_at(scene, process, at, (unsigned)at) > 0)
        at += stride;
}

/* BAILIFF_CALL="0.0 42": that one alone, to look at it. */
static bool fail_one_call(struct scene *scene, const char *wanted, const char *process)
{
    char name[BL_STRIKE_NAME_MAX];
    unsigned long at;

    if (sscanf(wanted, "%31s %lu", name, &at) == 2 && strcmp(name, process) == 0)
        for (unsigned choice = 0; choice < 3; choice++)
            (void)fail_at(scene, process, at, choice);
    return true;
}

static void fail_calls_of(struct scene *scene, const char *process)
{
    const unsigned before = scene->tried;
    const char *wanted = getenv("BAILIFF_CALL");

    if (wanted && fail_one_call(scene, wanted, process))
        return;
    if (bl_strike_every())
        bl_strike_try_all(process, fail_at, scene);
    else
        fail_some_calls_of(scene, process);
    print_message("process %s: %u failures\n", process, scene->tried - before);
}

/* Where the warden's widening of its limits fails it has the caller's, which may be lower: so ours
 * are as wide, and what programs see is the same. Refused without CAP_SYS_RESOURCE: to the warden,
 * too. */
static void widen_limits(void)
{
    static const __rlimit_resource_t endless[] = {RLIMIT_CORE, RLIMIT_AS, RLIMIT_DATA, RLIMIT_NPROC,
                                                  RLIMIT_RTTIME};

    for (size_t i = 0; i < BL_ARRAY_LEN(endless); i++)
        (void)setrlimit(endless[i], &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY});
}

static void begin(struct scene *scene, void **state, enum every_call_part part)
{
    *scene = (struct scene){.fixture = *state, .part = part};
    need_root();
    widen_limits();
    scene->report = map_report(&scene->report_fd);
    scene->usual = map_report(&scene->usual_fd);
    scene->mounts = bl_mounts_count(getpid());
    find_usual(scene);
}

static void end(struct scene *scene)
{
    (void)munmap(scene->report, sizeof(*scene->report));
    (void)munmap(scene->usual, sizeof(*scene->usual));
    bl_close_fd(&scene->report_fd);
    bl_close_fd(&scene->usual_fd);
}

static bool is_v2(const struct fixture *fixture)
{
    for (unsigned i = 0; i < fixture->mount_count; i++)
        if (!fixture->mounts[i].unified)
            return false;
    return true;
}

/* The warden's first child on cgroup v2 is a probe (limits/cgroup_probe.c), so that there the
 * others come one later. */
static void fail_calls(void **state, enum every_call_part part, const char *const *processes,
                       const char *const *processes_v2)
{
    struct scene scene;

    begin(&scene, state, part);
    for (processes = is_v2(scene.fixture) ? processes_v2 : processes; *processes; processes++)
        if (bl_strike_wants(*processes) && !(bl_strike_once() && strcmp(*processes, "0") == 0))
            fail_calls_of(&scene, *processes);
    print_message("%u failures: %u were told, %u were none\n", scene.tried, scene.told, scene.ran);
    end(&scene);
    assert_true(scene.tried > 0 || getenv("BAILIFF_PROCESS"));
    assert_int_equal(scene.wrong, 0);
}

/* The worker; the warden; the template's builder; an init; a program's process. */
static void every_call__of_a_start_may_fail(void **state)
{
    static const char *const on_v1[] = {"0", "0.0", "0.0.0", "0.0.1", "0.0.1.0", NULL};
    static const char *const on_v2[] = {"0", "0.0", "0.0.0", "0.0.1", "0.0.2", "0.0.2.0", NULL};

    fail_calls(state, EVERY_CALL_START, on_v1, on_v2);
}

/* The warden; the spare's init, and its program's process. */
static void every_call__of_a_spare_may_fail(void **state)
{
    static const char *const on_v1[] = {"0.0", "0.0.2", "0.0.2.0", NULL};
    static const char *const on_v2[] = {"0.0", "0.0.3", "0.0.3.0", NULL};

    fail_calls(state, EVERY_CALL_SPARE, on_v1, on_v2);
}

static void every_call__of_an_end_may_fail(void **state)
{
    static const char *const processes[] = {"0", "0.0", NULL};

    if (bl_strike_once())
        skip();
    fail_calls(state, EVERY_CALL_END, processes, processes);
}

/* Everything goes as if nothing had been. */
static void goes_on(void **state, enum every_call_part part, enum bl_strike_mode mode,
                    unsigned least)
{
    struct bl_strike struck = {.mode = mode};
    char text[BL_ERROR_TEXT_MAX];
    struct scene scene;
    bool right;

    begin(&scene, state, part);
    strike(&scene, &struck);
    print_message("%u calls: %s\n", struck.struck, bl_error_text(&scene.report->error, text));
    right = ended_right(scene.report, &struck) && was_told_right(&scene) && left_nothing(&scene);
    end(&scene);
    assert_true(right);
    assert_int_equal(scene.ran, 1);
    assert_true(struck.struck >= least);
}

static void every_call__that_waits_may_be_interrupted(void **state)
{
    goes_on(state, EVERY_CALL_START, BL_STRIKE_INTERRUPT, 20);
    goes_on(state, EVERY_CALL_END, BL_STRIKE_INTERRUPT, 0); /* few, and by chance */
}

static void every_call__may_move_half(void **state)
{
    goes_on(state, EVERY_CALL_START, BL_STRIKE_SHORT, 5);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        PROMISE(every_call__of_a_start_may_fail),
        PROMISE(every_call__of_an_end_may_fail),
        PROMISE(every_call__of_a_spare_may_fail),
        PROMISE(every_call__that_waits_may_be_interrupted),
        PROMISE(every_call__may_move_half),
    };

    if (argc == 4)
        return every_call_main((enum every_call_part)atoi(argv[2]), argv[1], atoi(argv[3]));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
