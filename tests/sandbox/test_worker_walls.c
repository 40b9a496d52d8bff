/* test_worker_walls.c - the worker has been taken over: somebody's code runs in it, and holds what
 * it holds. Each crime is tried in a child that goes through the very function that bailiffd goes
 * through, and must be refused with that errno, or end the process on the spot.
 *
 * After the confinement a child has system calls only: no assertion, no stdio, no exit handlers. */
#include <arpa/inet.h>
#include <grp.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "cgroup_fixture.h"
#include "executor/base/error.h"
#include "executor/daemon/confine.h"
#include "executor/sandbox/landlock_abi.h"

enum { WORKER_ID = 64321, KILLED = -1 };

/* What the crimes are tried on; made by root before. */
struct scene {
    char store[64];       /* the worker's own folder */
    char readable[64];    /* a file of root's that everybody may read */
    char others[64];      /* a file of another user's, mode 0600 */
    char open_folder[64]; /* anybody may write there */
    pid_t sibling;        /* another process of the worker's own uid */
    int sibling_fd;
};

static struct scene scene;
static bool as_fetcher; /* instead of as the worker */

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

static int set_scene(void **state)
{
    (void)state;
    if (geteuid() != 0)
        return 0;
    make_folder(scene.store, "store", 0700, WORKER_ID);
    make_folder(scene.open_folder, "open", 0777, 0);
    make_file(scene.readable, "readable", 0644, 0);
    make_file(scene.others, "others", 0600, 1);
    scene.sibling = fork();
    if (scene.sibling == 0) {
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && setgroups(0, NULL) == 0 &&
            setresgid(WORKER_ID, WORKER_ID, WORKER_ID) == 0 &&
            setresuid(WORKER_ID, WORKER_ID, WORKER_ID) == 0)
            (void)poll(NULL, 0, -1);
        _exit(1);
    }
    assert_return_code(scene.sibling, errno);
    scene.sibling_fd = (int)syscall(SYS_pidfd_open, scene.sibling, 0);
    return 0;
}

static int strike_scene(void **state)
{
    (void)state;
    if (geteuid() != 0)
        return 0;
    (void)kill(scene.sibling, SIGKILL); /* our child, not reaped yet */
    (void)waitpid(scene.sibling, NULL, 0);
    bl_close_fd(&scene.sibling_fd);
    (void)unlink(scene.readable);
    (void)unlink(scene.others);
    (void)rmdir(scene.open_folder);
    return rmdir(scene.store); /* what was made there was removed there */
}

/* ---- the confined child -----------------------------------------------------------------------
 */

typedef long crime_fn(void);

static void confine(void)
{
    const struct bl_confine_path own[] = {{scene.store, BL_CONFINE_OWN, false}};
    const struct bl_confinement confinement = {.is_fetcher = as_fetcher,
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
static int outcome_of(crime_fn *crime)
{
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        confine();
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

struct crime {
    const char *name;
    crime_fn *commit;
    int expected; /* errno, or KILLED */
};

static void expect_refused(const struct crime *crimes, size_t count)
{
    bool refused = true;

    if (geteuid() != 0)
        cannot_isolate("becoming another user needs root");
    for (size_t i = 0; i < count; i++) {
        int outcome = outcome_of(crimes[i].commit);
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

#define CRIME(name, expected) \
    {                         \
#name, name, expected \
    }
#define EXPECT_REFUSED(crimes) expect_refused(crimes, BL_ARRAY_LEN(crimes))

/* ---- files ------------------------------------------------------------------------------------
 */

static long read_shadow(void)
{
    return open("/etc/shadow", O_RDONLY);
}

static long read_another_users(void)
{
    return open(scene.others, O_RDONLY);
}

static long read_what_all_may(void)
{
    return open(scene.readable, O_RDONLY);
}

static long list_root(void)
{
    return open("/", O_RDONLY | O_DIRECTORY);
}

static long read_own_environment(void)
{
    return open("/proc/self/environ", O_RDONLY);
}

static long write_own_memory(void)
{
    return open("/proc/self/mem", O_RDWR);
}

static long read_the_parents_memory(void)
{
    char path[32];

    (void)snprintf(path, sizeof(path), "/proc/%d/mem", (int)getppid());
    return open(path, O_RDONLY);
}

static long create_where_all_may(void)
{
    char path[96];

    (void)snprintf(path, sizeof(path), "%s/x", scene.open_folder);
    return open(path, O_WRONLY | O_CREAT, 0600);
}

static long make_folder_where_all_may(void)
{
    char path[96];

    (void)snprintf(path, sizeof(path), "%s/x", scene.open_folder);
    return mkdir(path, 0700);
}

static long unlink_where_all_may(void)
{
    return unlinkat(AT_FDCWD, scene.open_folder, AT_REMOVEDIR);
}

static long rename_out_of_the_store(void)
{
    char from[96], to[96];

    (void)snprintf(from, sizeof(from), "%s/mine", scene.store);
    (void)snprintf(to, sizeof(to), "%s/mine", scene.open_folder);
    bl_autoclose int fd = open(from, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return 0; /* then this is no crime but our own mistake */
    long status = rename(from, to);
    int saved = errno;
    (void)unlink(from);
    errno = saved;
    return status;
}

static long link_another_in(void)
{
    char to[96];

    (void)snprintf(to, sizeof(to), "%s/theirs", scene.store);
    return link(scene.readable, to);
}

static long climb_out(void)
{
    bl_autoclose int folder = open(scene.store, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    return folder < 0 ? 0 : openat(folder, "../../etc/passwd", O_RDONLY);
}

static long make_symlink(void)
{
    char path[96];

    (void)snprintf(path, sizeof(path), "%s/link", scene.store);
    return symlink("/etc/shadow", path);
}

static long make_device(void)
{
    char path[96];

    (void)snprintf(path, sizeof(path), "%s/device", scene.store);
    return mknod(path, S_IFCHR | 0600, 0x103);
}

static long change_owner(void)
{
    return chown(scene.store, 0, 0);
}

static long change_mode_of_another(void)
{
    return fchmodat(AT_FDCWD, scene.readable, 04777, 0);
}

static void files__nothing_beyond_the_store(void **state)
{
    static const struct crime dac[] = {
        CRIME(read_shadow, EACCES),          CRIME(read_another_users, EACCES),
        CRIME(write_own_memory, EACCES),     CRIME(read_the_parents_memory, EACCES),
        CRIME(make_symlink, ENOSYS),         CRIME(make_device, KILLED),
        CRIME(change_owner, ENOSYS),         CRIME(change_mode_of_another, EPERM),
        CRIME(read_own_environment, EACCES),
    };
    static const struct crime landlock[] = {
        CRIME(read_what_all_may, EACCES),    CRIME(list_root, EACCES),
        CRIME(create_where_all_may, EACCES), CRIME(make_folder_where_all_may, EACCES),
        CRIME(unlink_where_all_may, EACCES), CRIME(climb_out, EACCES),
    };
    (void)state;
    EXPECT_REFUSED(dac);
    if (bl_landlock_abi() < 1)
        cannot_isolate("no Landlock");
    EXPECT_REFUSED(landlock);
    /* By which rule depends on the kernel's version and settings (protected_hardlinks). */
    assert_int_not_equal(outcome_of(rename_out_of_the_store), 0);
    assert_int_not_equal(outcome_of(link_another_in), 0);
}

/* ---- other processes --------------------------------------------------------------------------
 */

static long trace(void)
{
    return ptrace(PTRACE_SEIZE, scene.sibling, NULL, NULL);
}

static long be_traced(void)
{
    return ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static long read_memory(void)
{
    char byte;
    struct iovec here = {&byte, 1}, there = {&byte, 1};

    return process_vm_readv(scene.sibling, &here, 1, &there, 1, 0);
}

static long write_memory(void)
{
    char byte = 0;
    struct iovec here = {&byte, 1}, there = {&byte, 1};

    return process_vm_writev(scene.sibling, &here, 1, &there, 1, 0);
}

static long take_descriptor(void)
{
    return syscall(SYS_pidfd_getfd, scene.sibling_fd, 0, 0);
}

static long signal_sibling(void)
{
    return kill(scene.sibling, SIGKILL);
}

static long signal_all(void)
{
    return kill(-1, SIGKILL);
}

static long signal_thread(void)
{
    return syscall(SYS_tgkill, scene.sibling, scene.sibling, SIGKILL);
}

static long signal_by_pidfd(void)
{
    return syscall(SYS_pidfd_send_signal, scene.sibling_fd, SIGKILL, NULL, 0);
}

/* The one signal that the filter lets through, for abort(3), is for itself. */
static long abort_sibling(void)
{
    return syscall(SYS_tgkill, scene.sibling, scene.sibling, SIGABRT);
}

static long change_siblings_limits(void)
{
    static const struct rlimit none = {0, 0};

    return syscall(SYS_prlimit64, scene.sibling, RLIMIT_CPU, &none, NULL);
}

static long raise_own_limit(void)
{
    static const struct rlimit many = {1 << 20, 1 << 20};

    return setrlimit(RLIMIT_NOFILE, &many);
}

static void processes__none_can_be_reached(void **state)
{
    static const struct crime crimes[] = {
        CRIME(trace, KILLED),           CRIME(be_traced, KILLED),
        CRIME(read_memory, KILLED),     CRIME(write_memory, KILLED),
        CRIME(take_descriptor, KILLED), CRIME(signal_sibling, EPERM),
        CRIME(signal_all, EPERM),       CRIME(signal_thread, EPERM),
        CRIME(signal_by_pidfd, EPERM),  CRIME(change_siblings_limits, ENOSYS),
        CRIME(raise_own_limit, ENOSYS),
    };
    static const struct crime scoped[] = {CRIME(abort_sibling, EPERM)};

    (void)state;
    EXPECT_REFUSED(crimes);
    if (bl_landlock_abi() >= 6)
        EXPECT_REFUSED(scoped);
    assert_int_equal(waitpid(scene.sibling, NULL, WNOHANG), 0); /* it lives */
}

/* ---- programs and code ------------------------------------------------------------------------
 */

static long execute(void)
{
    char name[] = "sh";
    char *const argv[] = {name, NULL};

    return execve("/bin/sh", argv, NULL);
}

static long execute_descriptor(void)
{
    char name[] = "sh";
    char *const argv[] = {name, NULL};

    return syscall(SYS_execveat, 0, "", argv, NULL, AT_EMPTY_PATH);
}

static long make_process(void)
{
    return syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
}

static long make_process_by_clone3(void)
{
    struct clone_args args = {.exit_signal = SIGCHLD};

    return syscall(SYS_clone3, &args, sizeof(args));
}

static long map_code(void)
{
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                0) == MAP_FAILED
               ? -1
               : 0;
}

static long turn_data_into_code(void)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return mprotect(page, 4096, PROT_READ | PROT_EXEC);
}

static void code__nothing_but_what_was_loaded(void **state)
{
    static const struct crime crimes[] = {
        CRIME(execute, KILLED),      CRIME(execute_descriptor, KILLED),
        CRIME(make_process, KILLED), CRIME(make_process_by_clone3, KILLED),
        CRIME(map_code, KILLED),     CRIME(turn_data_into_code, KILLED),
    };

    (void)state;
    EXPECT_REFUSED(crimes);
}

/* ---- network ----------------------------------------------------------------------------------
 */

static long make_tcp(void)
{
    return socket(AF_INET, SOCK_STREAM, 0);
}

static long make_udp6(void)
{
    return socket(AF_INET6, SOCK_DGRAM, 0);
}

static long make_unix(void)
{
    return socket(AF_UNIX, SOCK_STREAM, 0);
}

static long make_netlink(void)
{
    return socket(AF_NETLINK, SOCK_RAW, 0);
}

static long make_vsock(void)
{
    return socket(AF_VSOCK, SOCK_STREAM, 0);
}

static long make_tcp_pair(void)
{
    int ends[2];

    return socketpair(AF_INET, SOCK_STREAM, 0, ends);
}

static long make_uring(void)
{
    char params[256] = {0};

    return syscall(SYS_io_uring_setup, 4, params);
}

/* A socket that it holds already is led elsewhere. */
static int held_socket = -1;

static long connect_held(void)
{
    const struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    return connect(held_socket, (const struct sockaddr *)&to, sizeof(to));
}

static long listen_on_held(void)
{
    return listen(held_socket, 1);
}

static void network__no_socket_but_those_it_holds(void **state)
{
    static const struct crime crimes[] = {
        CRIME(make_tcp, EACCES),     CRIME(make_udp6, EACCES),    CRIME(make_unix, EACCES),
        CRIME(make_netlink, EACCES), CRIME(make_vsock, EACCES),   CRIME(make_tcp_pair, ENOSYS),
        CRIME(make_uring, KILLED),   CRIME(connect_held, EACCES), CRIME(listen_on_held, EACCES),
    };
    bl_autoclose int held = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)state;
    assert_return_code(held, errno);
    held_socket = held;
    EXPECT_REFUSED(crimes);
}

/* ---- the machine ------------------------------------------------------------------------------
 */

static long mount_something(void)
{
    return syscall(SYS_mount, "none", scene.store, "tmpfs", 0, NULL);
}

static long clone_mount(void)
{
    return syscall(SYS_open_tree, AT_FDCWD, "/", 1);
}

static long leave_namespaces(void)
{
    return unshare(CLONE_NEWUSER | CLONE_NEWNS);
}

static long enter_namespace(void)
{
    return setns(scene.sibling_fd, CLONE_NEWNS);
}

static long change_root(void)
{
    return chroot(scene.store);
}

static long become_root(void)
{
    return (long)syscall(SYS_setresuid, 0, 0, 0);
}

static long take_capabilities(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct all[2] = {{~0U, ~0U, ~0U}, {~0U, ~0U, ~0U}};

    return syscall(SYS_capset, &header, all);
}

static long load_bpf(void)
{
    union bpf_attr attributes = {.map_type = BPF_MAP_TYPE_ARRAY};

    return syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof(attributes));
}

static long use_keys(void)
{
    return syscall(SYS_keyctl, 0, -3, 0, 0, 0);
}

static long watch_faults(void)
{
    return syscall(SYS_userfaultfd, 0);
}

static long loosen_filter(void)
{
    return syscall(SYS_seccomp, 1, 0, NULL);
}

static long become_dumpable(void)
{
    return prctl(PR_SET_DUMPABLE, 1);
}

static void machine__nothing_can_be_changed(void **state)
{
    static const struct crime crimes[] = {
        CRIME(mount_something, KILLED),   CRIME(clone_mount, KILLED),
        CRIME(leave_namespaces, KILLED),  CRIME(enter_namespace, KILLED),
        CRIME(change_root, KILLED),       CRIME(become_root, KILLED),
        CRIME(take_capabilities, KILLED), CRIME(load_bpf, KILLED),
        CRIME(use_keys, KILLED),          CRIME(watch_faults, KILLED),
        CRIME(loosen_filter, KILLED),     CRIME(become_dumpable, ENOSYS),
    };

    (void)state;
    EXPECT_REFUSED(crimes);
}

/* ---- the fetcher ------------------------------------------------------------------------------
 */

static long clone_into_namespaces(void)
{
    return syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, NULL);
}

/* What it needs: a thread or a child, a socket as a client. */
static long fetch(void)
{
    pid_t pid = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);

    if (pid == 0)
        _exit(0);
    if (pid < 0 || waitpid(pid, NULL, 0) != pid)
        return -1;
    return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) < 0 ? -1
                                                              : socket(AF_INET6, SOCK_DGRAM, 0);
}

static void fetcher__has_sockets_and_little_else(void **state)
{
    static const struct crime crimes[] = {
        CRIME(fetch, 0),
        CRIME(read_shadow, EACCES),
        CRIME(read_another_users, EACCES),
        CRIME(read_the_parents_memory, EACCES),
        CRIME(make_symlink, ENOSYS),
        CRIME(trace, KILLED),
        CRIME(read_memory, KILLED),
        CRIME(take_descriptor, KILLED),
        CRIME(signal_sibling, EPERM),
        CRIME(execute, KILLED),
        CRIME(execute_descriptor, KILLED),
        CRIME(make_process_by_clone3, ENOSYS), /* its flags can't be seen */
        CRIME(clone_into_namespaces, ENOSYS),
        CRIME(make_vsock, ENOSYS),
        CRIME(make_uring, KILLED),
        CRIME(listen_on_held, EACCES),
        CRIME(mount_something, KILLED),
        CRIME(leave_namespaces, KILLED),
        CRIME(become_root, KILLED),
        CRIME(take_capabilities, KILLED),
        CRIME(load_bpf, KILLED),
        CRIME(use_keys, KILLED),
    };

    (void)state;
    as_fetcher = true;
    EXPECT_REFUSED(crimes);
    as_fetcher = false;
}

/* ---- what stands, and what is left to do ------------------------------------------------------
 */

/* Uses of the store as a store has them. */
static long keep_a_store(void)
{
    char folder[96], from[128], to[128];

    (void)snprintf(folder, sizeof(folder), "%s/folder", scene.store);
    (void)snprintf(from, sizeof(from), "%s/new", scene.store);
    (void)snprintf(to, sizeof(to), "%s/kept", folder);
    bl_autoclose int fd = open(from, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 || mkdir(folder, 0700) < 0 || write(fd, "x", 1) != 1 || fsync(fd) < 0 ||
        fchmod(fd, 0444) < 0 || ftruncate(fd, 0) < 0 || rename(from, to) < 0 || unlink(to) < 0)
        return -1;
    return rmdir(folder);
}

static long use_the_loops_calls(void)
{
    int pipes[2], pair[2];

    if (pipe2(pipes, O_CLOEXEC) < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0 ||
        memfd_create("x", MFD_CLOEXEC) < 0 || open("/dev/null", O_RDWR) < 0)
        return -1;
    bl_autofree void *memory = malloc((size_t)8 << 20); /* mmap */
    return memory ? 0 : -1;
}

static void worker__can_do_its_work(void **state)
{
    static const struct crime works[] = {CRIME(keep_a_store, 0), CRIME(use_the_loops_calls, 0)};

    (void)state;
    EXPECT_REFUSED(works);
}

static void status_line(pid_t pid, const char *key, char value[128])
{
    char path[32], line[256];
    size_t length = strlen(key);

    (void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    value[0] = '\0';
    while (fgets(line, sizeof(line), file))
        if (strncmp(line, key, length) == 0 && line[length] == ':')
            (void)snprintf(value, 128, "%s", line + length + 1 + strspn(line + length + 1, "\t "));
    (void)fclose(file); /* read only */
    value[strcspn(value, "\n")] = '\0';
    while (*value && value[strlen(value) - 1] == ' ')
        value[strlen(value) - 1] = '\0';
}

/* The walls behind the filter, as the kernel tells of them. */
static void worker__every_wall_stands(void **state)
{
    static const struct {
        const char *key, *value;
    } expected[] = {
        {"Uid", "64321\t64321\t64321\t64321"},
        {"Gid", "64321\t64321\t64321\t64321"},
        {"Groups", ""},
        {"CapInh", "0000000000000000"},
        {"CapPrm", "0000000000000000"},
        {"CapEff", "0000000000000000"},
        {"CapBnd", "0000000000000000"},
        {"CapAmb", "0000000000000000"},
        {"NoNewPrivs", "1"},
        {"Seccomp", "2"},
    };
    int ready[2];
    struct stat is;
    char value[128], path[32], byte;

    (void)state;
    if (geteuid() != 0)
        cannot_isolate("becoming another user needs root");
    assert_return_code(pipe2(ready, O_CLOEXEC), errno);
    pid_t pid = fork();
    if (pid == 0) {
        confine();
        (void)!write(ready[1], "", 1);
        (void)poll(NULL, 0, -1);
        _exit(0);
    }
    bl_close_fd(&ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    bl_close_fd(&ready[0]);
    for (size_t i = 0; i < BL_ARRAY_LEN(expected); i++) {
        status_line(pid, expected[i].key, value);
        assert_string_equal(value, expected[i].value);
    }
    (void)snprintf(path, sizeof(path), "/proc/%d/environ", (int)pid);
    assert_return_code(stat(path, &is), errno);
    assert_int_equal(is.st_uid, 0); /* not dumpable */
    (void)kill(pid, SIGKILL);       /* our child, not reaped yet */
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void worker__is_never_root(void **state)
{
    struct bl_confinement confinement = {.uid = 0, .gid = WORKER_ID};
    struct bl_err err;
    int abi;

    (void)state;
    assert_int_equal(bl_confine(&confinement, &abi, &err), -1);
    assert_int_equal(err.step, BL_STEP_CONFINE);
    confinement = (struct bl_confinement){.uid = WORKER_ID, .gid = 0};
    assert_int_equal(bl_confine(&confinement, &abi, &err), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files__nothing_beyond_the_store),
        cmocka_unit_test(processes__none_can_be_reached),
        cmocka_unit_test(code__nothing_but_what_was_loaded),
        cmocka_unit_test(network__no_socket_but_those_it_holds),
        cmocka_unit_test(machine__nothing_can_be_changed),
        cmocka_unit_test(fetcher__has_sockets_and_little_else),
        cmocka_unit_test(worker__can_do_its_work),
        cmocka_unit_test(worker__every_wall_stands),
        cmocka_unit_test(worker__is_never_root),
    };

    return cmocka_run_group_tests(tests, set_scene, strike_scene);
}
