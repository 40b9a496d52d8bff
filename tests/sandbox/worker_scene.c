#include "tests/sandbox/worker_scene.h"

#include <grp.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "cgroup_fixture.h"
#include "executor/base/error.h"
#include "executor/daemon/confine.h"

struct worker_scene worker_scene = {.held_socket = -1};

static void make_file(char path[64], const char *name, mode_t mode, uid_t owner)
{
    (void)snprintf(path, 64, "/tmp/bailiff-walls-%d-%s", (int)getpid(), name);
    bl_autoclose int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_return_code(fd, errno);
    assert_return_code(fchmod(fd, mode), errno);
    assert_return_code(fchown(fd, owner, owner), errno);
}

static void make_folder(char path[64], const char *name, mode_t mode, uid_t owner)
{
    (void)snprintf(path, 64, "/tmp/bailiff-walls-%d-%s", (int)getpid(), name);
    assert_return_code(mkdir(path, 0700), errno);
    assert_return_code(chmod(path, mode), errno);
    assert_return_code(chown(path, owner, owner), errno);
}

int worker_scene_set(void **state)
{
    (void)state;
    if (geteuid() != 0)
        return 0;
    make_folder(worker_scene.store, "store", 0700, WORKER_ID);
    make_folder(worker_scene.open_folder, "open", 0777, 0);
    make_file(worker_scene.readable, "readable", 0644, 0);
    make_file(worker_scene.others, "others", 0600, 1);
    worker_scene.sibling = fork();
    if (worker_scene.sibling == 0) {
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && setgroups(0, NULL) == 0 &&
            setresgid(WORKER_ID, WORKER_ID, WORKER_ID) == 0 &&
            setresuid(WORKER_ID, WORKER_ID, WORKER_ID) == 0)
            (void)poll(NULL, 0, -1);
        _exit(1);
    }
    assert_return_code(worker_scene.sibling, errno);
    worker_scene.sibling_fd = (int)syscall(SYS_pidfd_open, worker_scene.sibling, 0);
    return 0;
}

int worker_scene_strike(void **state)
{
    (void)state;
    if (geteuid() != 0)
        return 0;
    (void)kill(worker_scene.sibling, SIGKILL); /* our child, not reaped yet */
    (void)waitpid(worker_scene.sibling, NULL, 0);
    bl_close_fd(&worker_scene.sibling_fd);
    (void)unlink(worker_scene.readable);
    (void)unlink(worker_scene.others);
    (void)rmdir(worker_scene.open_folder);
    return rmdir(worker_scene.store); /* what was made there was removed there */
}

void worker_confine(void)
{
    const struct bl_confine_path own[] = {{worker_scene.store, BL_CONFINE_OWN, false}};
    const struct bl_confinement confinement = {.is_fetcher = worker_scene.as_fetcher,
                                               .uid = WORKER_ID,
                                               .gid = WORKER_ID,
                                               .paths = own,
                                               .path_count = 1};
    char text[BL_ERROR_TEXT_MAX];
    struct bl_err err;
    int abi;

    if (bl_confine(&confinement, &abi, &err) == 0)
        return;
    (void)dprintf(2, "%s\n", bl_error_text(&err, text));
    _exit(255);
}

/* The crime's errno, 0 where it succeeded, KILLED where it ended the process. */
int worker_outcome_of(crime_fn *crime)
{
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        worker_confine();
        errno = 0;
        _exit(crime() < 0 ? errno : 0);
    }
    assert_return_code(pid, errno);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WIFSIGNALED(status)) {
        assert_int_equal(WTERMSIG(status), SIGSYS);
        return KILLED;
    }
    assert_int_not_equal(WEXITSTATUS(status), 255);
    return WEXITSTATUS(status);
}

void worker_expect_refused(const struct crime *crimes, size_t count)
{
    bool refused = true;

    if (geteuid() != 0)
        cannot_isolate("becoming another user needs root");
    for (size_t i = 0; i < count; i++) {
        int outcome = worker_outcome_of(crimes[i].commit);
        if (outcome == crimes[i].expected)
            continue;
        print_error("%s: expected %s, got %s\n", crimes[i].name,
                    crimes[i].expected == KILLED ? "its end" : strerror(crimes[i].expected),
                    outcome == KILLED ? "its end"
                    : outcome         ? strerror(outcome)
                                      : "success");
        refused = false;
    }
    assert_true(refused);
}
