#include "tests/sandbox/daemon_life.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "bailiff/own.h"
#include "bailiff/units.h"
#include "executor/base/loop.h"
#include "executor/daemon/daemon.h"
#include "tests/support/strike.h"

#define PATIENCE_NS (60 * BL_NS_PER_S)
#define PATH_ROOM 256

struct scene {
    const char *folder, *place;
    char config[PATH_ROOM];
    int manager; /* a service manager's end of sd_notify */
};

/* ---- what it is started with
 * ----------------------------------------------------------------------
 */

static void put(const char *folder, const char *name, mode_t mode, const char *text)
{
    char path[PATH_ROOM];
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_return_code(fchmod(fileno(file), mode), errno);
    assert_int_equal(fclose(file), 0);
}

/* Every step of the start has something to do, but that of attacking the host. */
static const char config[] = "user: nobody\n"
                             "listen: [\"unix:%1$s/rpc.sock\", \"tls:127.0.0.1:0\"]\n"
                             "unix: {group: nogroup}\n"
                             "tls: {certificate: %1$s/tls.pem, key: %1$s/tls.key}\n"
                             "access: {tokens: %1$s/tokens}\n"
                             "state: {directory: %1$s/state, spool_size: 16MiB}\n"
                             "fetch: {internal_urls: [\"http://127.0.0.1:9/\"]}\n"
                             "languages: %2$s/limits/languages\n"
                             "resources: {memory: 1GiB, slots: 1}\n"
                             "pool: {idle: 1s, spares: 1}\n"
                             "sandbox: {cgroup: %3$s}\n";

void daemon_life_prepare(const char *folder, const char *place)
{
    char text[2048];

    (void)snprintf(text, sizeof(text), config, folder, BAILIFF_SOURCE_DIR, place);
    put(folder, "bailiffd.yaml", 0644, text);
    put(folder, "tokens", 0600, "token-of-nobody-0001 nobody\n");
    put(folder, "job.yaml", 0644, "steps: [{name: run, commands: [{argv: [/bin/true]}]}]\n");
    (void)snprintf(text, sizeof(text),
                   "cd %s && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 "
                   "-nodes -keyout tls.key -out tls.pem -subj /CN=localhost -days 2 2>openssl.log",
                   folder);
    assert_int_equal(system(text), 0);
}

static int listener(const char *folder, const char *name, int type)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, type, 0);

    assert_true(fd >= 0);
    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%.80s/%.20s", folder, name);
    (void)unlink(address.sun_path); /* of the life before */
    assert_return_code(bind(fd, (const struct sockaddr *)&address, sizeof(address)), errno);
    if (type == SOCK_STREAM)
        assert_return_code(listen(fd, 4), errno);
    return fd;
}

/* As a service manager starts it: what it logs is read, HTTP's socket is passed, and it notifies.
 * Only its own calls are counted. */
static pid_t launch(const struct scene *scene, const int log[2])
{
    const int page = listener(scene->folder, "http.sock", SOCK_STREAM);
    const pid_t pid = fork();
    char text[PATH_ROOM];

    assert_true(pid >= 0);
    if (pid > 0) {
        (void)close(page);   /* the child's */
        (void)close(log[1]); /* likewise */
        return pid;
    }
    if (dup2(log[1], STDERR_FILENO) < 0 || dup2(page, 3) < 0)
        _exit(120);
    (void)snprintf(text, sizeof(text), "%d", (int)getpid());
    (void)setenv("LISTEN_PID", text, 1); /* no test is out of memory */
    (void)setenv("LISTEN_FDS", "1", 1);
    (void)setenv("LISTEN_FDNAMES", "http", 1);
    (void)snprintf(text, sizeof(text), "%s/notify", scene->folder);
    (void)setenv("NOTIFY_SOCKET", text, 1);
    for (int fd = 4; fd < 64; fd++)
        (void)close(fd); /* what of the test's is open */
    bl_strike_mark(BL_STRIKE_BEGIN);
    _exit(bl_daemon_main(scene->config));
}

/* ---- while it serves
 * -----------------------------------------------------------------------------
 */

/* A line may be lost, or its readiness not be told; not both. */
static bool is_told(const struct scene *scene, const struct daemon_life *life)
{
    char message[4096];
    ssize_t length;
    bool ready = strstr(life->log, "msg=serving");

    while ((length = recv(scene->manager, message, sizeof(message) - 1, MSG_DONTWAIT)) > 0) {
        message[length] = '\0';
        ready = ready || strstr(message, "READY=1");
    }
    return ready;
}

/* Until it serves, has ended, or says nothing for too long. */
static bool await_ready(const struct scene *scene, struct daemon_life *life, int log)
{
    struct pollfd waits[] = {{.fd = log, .events = POLLIN},
                             {.fd = scene->manager, .events = POLLIN}};
    size_t length = 0;
    ssize_t got;

    while (!is_told(scene, life)) {
        assert_true(poll(waits, BL_ARRAY_LEN(waits), (int)(PATIENCE_NS / BL_NS_PER_MS)) > 0);
        if (!waits[0].revents)
            continue;
        got = read(log, life->log + length, sizeof(life->log) - 1 - length);
        if (got <= 0)
            return false;
        length += (size_t)got;
    }
    return true;
}

static void read_rest(struct daemon_life *life, int log)
{
    size_t length = strlen(life->log);
    ssize_t got;

    do {
        got = read(log, life->log + length, sizeof(life->log) - 1 - length);
        length += got > 0 ? (size_t)got : 0;
    } while (got > 0);
}

static void read_walls(pid_t pid, char text[DAEMON_LIFE_TEXT_MAX])
{
    static const char *const wanted[] = {"Uid:",         "Gid:",     "Groups:",          "Cap",
                                         "NoNewPrivs:",  "Seccomp:", "Seccomp_filters:", "Max core",
                                         "Max processes"};
    static const char *const files[] = {"status", "limits"};
    char path[64], line[1024];
    size_t length = 0;

    text[0] = '\0';
    for (size_t i = 0; i < BL_ARRAY_LEN(files); i++) {
        (void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, files[i]);
        FILE *file = fopen(path, "re");
        while (file && fgets(line, sizeof(line), file))
            for (size_t k = 0; k < BL_ARRAY_LEN(wanted); k++)
                if (strncmp(line, wanted[k], strlen(wanted[k])) == 0 &&
                    length + strlen(line) < DAEMON_LIFE_TEXT_MAX)
                    length += (size_t)sprintf(text + length, "%s", line);
        if (file)
            (void)fclose(file); /* read only */
    }
}

/* The child which isn't the warden, of one thread; 0: it has none. */
static pid_t fetcher_of(pid_t worker)
{
    char path[64], name[64] = "";
    pid_t child, found = 0;

    (void)snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)worker, (int)worker);
    FILE *children = fopen(path, "re");
    while (children && fscanf(children, "%d", &child) == 1) {
        (void)snprintf(path, sizeof(path), "/proc/%d/comm", (int)child);
        FILE *comm = fopen(path, "re");
        if (comm && fgets(name, sizeof(name), comm) && !strstr(name, "warden"))
            found = child;
        if (comm)
            (void)fclose(comm); /* read only */
    }
    if (children)
        (void)fclose(children); /* likewise */
    return found;
}

/* It may be about to become so, or to end. */
static bool is_fetcher_walled(pid_t worker)
{
    const uint64_t give_up_ns = bl_now_ns() + PATIENCE_NS;
    char walls[DAEMON_LIFE_TEXT_MAX];

    for (;;) {
        const pid_t fetcher = fetcher_of(worker);
        if (fetcher == 0)
            return true;
        read_walls(fetcher, walls);
        if (strstr(walls, "NoNewPrivs:\t1") && strstr(walls, "Seccomp:\t2") &&
            strstr(walls, "CapPrm:\t0000000000000000") && !strstr(walls, "Uid:\t0"))
            return true;
        if (bl_now_ns() > give_up_ns)
            return false;
        (void)poll(NULL, 0, 5); /* then look again */
    }
}

static int status_of(pid_t pid)
{
    int status;

    while (waitpid(pid, &status, 0) < 0)
        assert_int_equal(errno, EINTR);
    return status;
}

/* A stock client's exit status. */
static int run_job(const struct scene *scene)
{
    static char client[] = BAILIFF_BINARY_DIR "/bin/bailiff-client", submit[] = "submit",
                server[] = "--server", quiet[] = "--quiet";
    char address[PATH_ROOM], job[PATH_ROOM];
    char *const argv[] = {client, submit, quiet, server, address, job, NULL};
    pid_t pid;

    (void)snprintf(address, sizeof(address), "unix:%s/rpc.sock", scene->folder);
    (void)snprintf(job, sizeof(job), "%s/job.yaml", scene->folder);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)!freopen("/dev/null", "w", stdout); /* its exit status is enough */
        (void)!freopen("/dev/null", "w", stderr);
        (void)execv(argv[0], argv);
        _exit(127);
    }
    const int status = status_of(pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

/* ---- behind it
 * -----------------------------------------------------------------------------------
 */

/* All that it started ends with it: they are ours to reap. */
static void await_everybody(void)
{
    const uint64_t give_up_ns = bl_now_ns() + PATIENCE_NS;
    pid_t pid;

    for (;;) {
        pid = waitpid(-1, NULL, WNOHANG);
        if (pid < 0)
            break;
        assert_true(bl_now_ns() < give_up_ns);
        if (pid == 0)
            (void)poll(NULL, 0, 5); /* then look again */
    }
    assert_int_equal(errno, ECHILD);
}

/* nftw(3) hands no argument on; tests are single-threaded. */
static char *listing;
static const char *listed;

static int on_entry(const char *path, const struct stat *is, int kind, struct FTW *at)
{
    const size_t length = strlen(listing);

    (void)is;
    if (at->level > 0 && (kind == FTW_D || strcmp(listed, "files") == 0)) /* not a group's files */
        (void)snprintf(listing + length, DAEMON_LIFE_TEXT_MAX - length, "%s\n", path);
    return 0;
}

static int on_hierarchy(const char *path, const struct stat *is, int kind, struct FTW *at)
{
    char below[PATH_ROOM * 4];

    (void)is;
    if (at->level == 1 && kind == FTW_D) {
        (void)snprintf(below, sizeof(below), "%.500s%s", path, listed);
        (void)nftw(below, on_entry, 8, FTW_PHYS); /* not there: not this one's place */
    }
    return at->level == 1 ? FTW_SKIP_SUBTREE : FTW_CONTINUE;
}

static void list_left(const struct scene *scene, char left[DAEMON_LIFE_TEXT_MAX])
{
    char unified[PATH_ROOM];

    listing = left;
    left[0] = '\0';
    listed = "files";
    assert_int_equal(nftw(scene->folder, on_entry, 8, FTW_PHYS), 0);
    listed = scene->place;
    (void)snprintf(unified, sizeof(unified), "/sys/fs/cgroup%s", scene->place);
    (void)nftw(unified, on_entry, 8, FTW_PHYS); /* v2; not there: v1 */
    assert_int_equal(nftw("/sys/fs/cgroup", on_hierarchy, 8, FTW_PHYS | FTW_ACTIONRETVAL), 0);
}

static int on_old(const char *path, const struct stat *is, int kind, struct FTW *at)
{
    (void)is;
    (void)at;
    return kind == FTW_DP ? rmdir(path) : unlink(path);
}

static void forget(const struct scene *scene)
{
    char path[PATH_ROOM];

    (void)snprintf(path, sizeof(path), "%s/state", scene->folder);
    (void)nftw(path, on_old, 8, FTW_PHYS | FTW_DEPTH); /* may not be there */
    (void)snprintf(path, sizeof(path), "%s/rpc.sock", scene->folder);
    (void)unlink(path); /* likewise */
}

/* ---- a life
 * --------------------------------------------------------------------------------------
 */

static void live(const struct scene *scene, struct daemon_life *life)
{
    int log[2];

    assert_return_code(pipe2(log, O_CLOEXEC), errno);
    const pid_t pid = launch(scene, log);
    life->job = -1;
    life->served = await_ready(scene, life, log[0]);
    bl_strike_mark(BL_STRIKE_END);
    if (life->served) {
        life->job = run_job(scene);
        read_walls(pid, life->walls);
        life->fetcher_walled = is_fetcher_walled(pid);
        (void)kill(pid, SIGTERM); /* ours, not reaped: it may have ended */
    }
    life->status = status_of(pid);
    await_everybody();
    read_rest(life, log[0]);
    (void)close(log[0]); /* read only */
    list_left(scene, life->left);
}

int daemon_life_main(const char *folder, const char *place, int report_fd)
{
    struct scene scene = {.folder = folder, .place = place};
    struct daemon_report *report =
        mmap(NULL, sizeof(*report), PROT_READ | PROT_WRITE, MAP_SHARED, report_fd, 0);

    assert_true(report != MAP_FAILED);
    (void)close(report_fd); /* it is mapped */
    bl_strike_mark(BL_STRIKE_OTHERS);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
    (void)setenv("BAILIFF_WARDEN", BAILIFF_BINARY_DIR "/bin/bailiff-warden", 0);
    (void)snprintf(scene.config, sizeof(scene.config), "%s/bailiffd.yaml", folder);
    scene.manager = listener(folder, "notify", SOCK_DGRAM);
    forget(&scene);
    live(&scene, &report->struck);
    live(&scene, &report->next);
    report->told = true;
    return 0;
}
