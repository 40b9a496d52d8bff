/* test_every_call_daemon.c - call number n of bailiffd, its fetcher and its warden fails while it
 * starts, for every n until it serves. Whatever fails: it ends, and tells which step could not be
 * done and that this is no mistake of the configuration; or it serves behind all of its walls, and
 * ends well. Nothing is left of it but what an honest one leaves, and the next one serves.
 *
 * A sample of the numbers; all of them, with every error that each may have: make faults. */
#include "cgroup_fixture.h"
#include "executor/daemon/daemon.h"
#include "tests/sandbox/daemon_life.h"
#include "tests/support/strike.h"

enum {
    STRIDE = 97,    /* of the sample */
    PROGRAM_AT = 4, /* how deep a program's process is */
};

#define PROBED "0.0.1.0"

struct scene {
    struct fixture *fixture;
    char folder[64];
    struct daemon_report *report;
    struct daemon_life *usual; /* of one that nothing befell */
    int report_fd;
    unsigned tried, ended, served, wrong; /* all are tried before the test fails */
};

static void strike(const struct scene *scene, struct bl_strike *strike)
{
    char self[] = "/proc/self/exe", folder[64], place[64], report[16];
    char *const argv[] = {self, folder, place, report, NULL};

    (void)snprintf(folder, sizeof(folder), "%s", scene->folder);
    (void)snprintf(place, sizeof(place), "%s", scene->fixture->place);
    (void)snprintf(report, sizeof(report), "%d", scene->report_fd);
    memset(scene->report, 0, sizeof(*scene->report));
    strike->let_go = PROGRAM_AT;
    bl_strike_run(strike, argv);
}

/* ---- one failure
 * -------------------------------------------------------------------------------------
 */

static bool ends_with(const char *line, const char *end)
{
    return strlen(line) >= strlen(end) && strcmp(line + strlen(line) - strlen(end), end) == 0;
}

/* Whoever can't open the folder of all instances can't know whether it is the last to leave it: the
 * next one does. */
static bool is_swept_later(const char *line)
{
    return strncmp(line, "/sys/fs/cgroup/", 15) == 0 && ends_with(line, "/bailiff\n");
}

static bool left_nothing(const struct scene *scene, const struct daemon_life *life)
{
    char line[1024];

    for (const char *now = life->left; *now; now += strcspn(now, "\n") + 1) {
        (void)snprintf(line, sizeof(line), "%.*s\n", (int)strcspn(now, "\n"), now);
        if (strstr(scene->usual->left, line) ||
            (life == &scene->report->struck && is_swept_later(line)))
            continue;
        print_error("it leaves %s", line);
        return false;
    }
    return true;
}

static bool is_walled(const struct scene *scene, const struct daemon_life *life)
{
    if (strcmp(life->walls, scene->usual->walls) == 0 && life->fetcher_walled &&
        !strstr(life->log, "no Landlock"))
        return true;
    print_error("it serves, and its walls are %s%s", life->walls,
                life->fetcher_walled ? "" : "(its fetcher has none)\n");
    return false;
}

/* Its warden may have met the failure when it had told that it was there. */
static bool lost_its_warden(const struct daemon_life *life)
{
    return WEXITSTATUS(life->status) == BL_DAEMON_WARDEN_ENDED &&
           strstr(life->log, "the warden has ended");
}

static bool served_well(const struct scene *scene, const struct daemon_life *life)
{
    if (!WIFEXITED(life->status) || (WEXITSTATUS(life->status) != 0 && !lost_its_warden(life)))
        return false;
    return lost_its_warden(life) || (life->job == 0 && is_walled(scene, life));
}

/* With an error of the start, which names its step; the exit status is not the one of a
 * configuration that is wrong, after which nobody starts it anew. */
static bool ended_well(const struct daemon_life *life)
{
    const char *told = strstr(life->log, "level=error");

    return WIFEXITED(life->status) &&
           (WEXITSTATUS(life->status) == BL_DAEMON_FAILED || lost_its_warden(life)) && told &&
           strstr(told, " step=");
}

static bool is_right(struct scene *scene, const struct bl_strike *struck)
{
    const struct daemon_report *is = scene->report;

    if (struck->hung || !WIFEXITED(struck->status) || WEXITSTATUS(struck->status) != 0 || !is->told)
        return false;
    scene->served += is->struck.served;
    scene->ended += !is->struck.served;
    return (is->struck.served ? served_well(scene, &is->struck) : ended_well(&is->struck)) &&
           left_nothing(scene, &is->struck) && is->next.served && served_well(scene, &is->next) &&
           !lost_its_warden(&is->next) && left_nothing(scene, &is->next);
}

/* How many errors that call may have; 0: there is none of that number. */
static unsigned fail_at(void *ctx, const char *process, unsigned long at, unsigned choice)
{
    struct scene *scene = ctx;
    struct bl_strike struck = {.mode = BL_STRIKE_ONE, .at = at, .choice = choice};
    const struct daemon_life *life = &scene->report->struck;

    (void)snprintf(struck.process, sizeof(struck.process), "%s", process);
    strike(scene, &struck);
    const bool right = is_right(scene, &struck);
    if (struck.struck == 0 && right)
        return 0;
    scene->tried++;
    if (!right || getenv("BAILIFF_TELL_CALLS"))
        print_message("process %s, call %lu: system call %ld fails with %s: %s, %#x, job %d; next "
                      "%s, %#x, job %d%s\n%s",
                      process, at, struck.nr, strerrorname_np(struck.told),
                      life->served ? "served" : "not served", (unsigned)life->status, life->job,
                      scene->report->next.served ? "served" : "not served",
                      (unsigned)scene->report->next.status, scene->report->next.job,
                      struck.hung ? "; hung" : "", life->log);
    scene->wrong += !right;
    return struck.errors > 0 ? struck.errors : 1;
}

/* ---- all of them
 * -------------------------------------------------------------------------------------
 */

/* On cgroup v2 alone: the child that the warden's probe has born (limits/cgroup_probe.c). */
static bool may_make_no_call(const char *process)
{
    return strcmp(process, PROBED) == 0;
}

/* Beginning anywhere: in time they are all tried. */
static void fail_some_calls_of(struct scene *scene, const char *process)
{
    unsigned long at = 1 + (unsigned long)getpid() % STRIDE;

    while (fail_at(scene, process, at, (unsigned)at) > 0)
        at += STRIDE;
}

/* BAILIFF_CALL="0.0 42": that one alone, to look at it. BAILIFF_PROCESS="0.0.1": of that one alone.
 */
static void fail_calls_of(struct scene *scene, const char *process)
{
    const char *wanted = getenv("BAILIFF_CALL");
    const unsigned before = scene->tried;
    char name[BL_STRIKE_NAME_MAX];
    unsigned long at;

    if (wanted && sscanf(wanted, "%31s %lu", name, &at) == 2) {
        for (unsigned choice = 0; strcmp(name, process) == 0 && choice < 3; choice++)
            (void)fail_at(scene, process, at, choice);
        return;
    }
    if (bl_strike_every()) {
        bl_strike_try_all(process, fail_at, scene);
        assert_true(scene->tried > before || may_make_no_call(process));
    } else {
        fail_some_calls_of(scene, process);
    }
    print_message("process %s: %u failures\n", process, scene->tried - before);
}

static void find_usual(struct scene *scene)
{
    struct bl_strike none = {.mode = BL_STRIKE_ONE};

    strike(scene, &none);
    *scene->usual = scene->report->struck;
    if (!is_right(scene, &none) || !scene->usual->served || lost_its_warden(scene->usual))
        fail_msg("status %#x, job %d, next %#x, job %d: %s%s", (unsigned)scene->usual->status,
                 scene->usual->job, (unsigned)scene->report->next.status, scene->report->next.job,
                 scene->usual->log, scene->report->next.log);
    scene->served = 0;
}

static void begin(struct scene *scene, void **state)
{
    *scene = (struct scene){.fixture = *state, .folder = "/tmp/bailiff-start-XXXXXX"};
    need_root();
    assert_non_null(mkdtemp(scene->folder));
    assert_return_code(chmod(scene->folder, 0755), errno);
    daemon_life_prepare(scene->folder, scene->fixture->place);
    scene->report_fd = memfd_create("report", 0); /* who looks on has it */
    assert_return_code(ftruncate(scene->report_fd, (off_t)sizeof(*scene->report)), errno);
    scene->report =
        mmap(NULL, sizeof(*scene->report), PROT_READ | PROT_WRITE, MAP_SHARED, scene->report_fd, 0);
    assert_true(scene->report != MAP_FAILED);
    scene->usual = malloc(sizeof(*scene->usual));
    assert_non_null(scene->usual);
    find_usual(scene);
}

static void end(struct scene *scene)
{
    char command[128];

    (void)snprintf(command, sizeof(command), "rm -rf %s", scene->folder);
    assert_int_equal(system(command), 0);
    (void)munmap(scene->report, sizeof(*scene->report));
    bl_close_fd(&scene->report_fd);
    free(scene->usual);
}

/* The worker; the fetcher's keeper, and a fetcher; the warden; a child of it. */
static void every_call__of_a_daemons_start_may_fail(void **state)
{
    static const char *const processes[] = {"0.0", "0.0.0", "0.0.0.0", "0.0.1", PROBED};
    struct scene scene;

    begin(&scene, state);
    for (size_t i = 0; i < BL_ARRAY_LEN(processes); i++)
        if (bl_strike_wants(processes[i]))
            fail_calls_of(&scene, processes[i]);
    print_message("%u failures: %u ended it, %u did not\n", scene.tried, scene.ended, scene.served);
    end(&scene);
    assert_true(scene.tried > 0);
    assert_int_equal(scene.wrong, 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {PROMISE(every_call__of_a_daemons_start_may_fail)};

    if (argc == 4)
        return daemon_life_main(argv[1], argv[2], atoi(argv[3]));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
