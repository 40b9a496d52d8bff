/* worker_crimes_machine.c - on the network and the machine; and what it may do. */
#include "tests/sandbox/worker_crimes.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "tests/sandbox/worker_scene.h"

long crime_make_tcp(void)
{
    return socket(AF_INET, SOCK_STREAM, 0);
}

long crime_make_udp6(void)
{
    return socket(AF_INET6, SOCK_DGRAM, 0);
}

long crime_make_unix(void)
{
    return socket(AF_UNIX, SOCK_STREAM, 0);
}

long crime_make_netlink(void)
{
    return socket(AF_NETLINK, SOCK_RAW, 0);
}

long crime_make_vsock(void)
{
    return socket(AF_VSOCK, SOCK_STREAM, 0);
}

long crime_make_tcp_pair(void)
{
    int ends[2];

    return socketpair(AF_INET, SOCK_STREAM, 0, ends);
}

long crime_make_uring(void)
{
    char params[256] = {0};

    return syscall(SYS_io_uring_setup, 4, params);
}

long crime_connect_held(void)
{
    const struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    return connect(worker_scene.held_socket, (const struct sockaddr *)&to, sizeof(to));
}

long crime_listen_on_held(void)
{
    return listen(worker_scene.held_socket, 1);
}

long crime_mount_something(void)
{
    return syscall(SYS_mount, "none", worker_scene.store, "tmpfs", 0, NULL);
}

long crime_clone_mount(void)
{
    return syscall(SYS_open_tree, AT_FDCWD, "/", 1);
}

long crime_leave_namespaces(void)
{
    return unshare(CLONE_NEWUSER | CLONE_NEWNS);
}

long crime_enter_namespace(void)
{
    return setns(worker_scene.sibling_fd, CLONE_NEWNS);
}

long crime_change_root(void)
{
    return chroot(worker_scene.store);
}

long crime_become_root(void)
{
    return (long)syscall(SYS_setresuid, 0, 0, 0);
}

long crime_take_capabilities(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct all[2] = {{~0U, ~0U, ~0U}, {~0U, ~0U, ~0U}};

    return syscall(SYS_capset, &header, all);
}

long crime_load_bpf(void)
{
    union bpf_attr attributes = {.map_type = BPF_MAP_TYPE_ARRAY};

    return syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof(attributes));
}

long crime_use_keys(void)
{
    return syscall(SYS_keyctl, 0, -3, 0, 0, 0);
}

long crime_watch_faults(void)
{
    return syscall(SYS_userfaultfd, 0);
}

long crime_loosen_filter(void)
{
    return syscall(SYS_seccomp, 1, 0, NULL);
}

long crime_become_dumpable(void)
{
    return prctl(PR_SET_DUMPABLE, 1);
}

long crime_clone_into_namespaces(void)
{
    return syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, NULL);
}

/* What it needs: a thread or a child, a socket as a client. */
long crime_fetch(void)
{
    pid_t pid = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);

    if (pid == 0)
        _exit(0);
    if (pid < 0 || waitpid(pid, NULL, 0) != pid)
        return -1;
    return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) < 0 ? -1
                                                              : socket(AF_INET6, SOCK_DGRAM, 0);
}

/* Uses of the store as a store has them. */
long crime_keep_a_store(void)
{
    char folder[96], from[128], to[128];

    (void)snprintf(folder, sizeof(folder), "%s/folder", worker_scene.store);
    (void)snprintf(from, sizeof(from), "%s/new", worker_scene.store);
    (void)snprintf(to, sizeof(to), "%s/kept", folder);
    bl_autoclose int fd = open(from, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 || mkdir(folder, 0700) < 0 || write(fd, "x", 1) != 1 || fsync(fd) < 0 ||
        fchmod(fd, 0444) < 0 || ftruncate(fd, 0) < 0 || rename(from, to) < 0 || unlink(to) < 0)
        return -1;
    return rmdir(folder);
}

long crime_use_the_loops_calls(void)
{
    int pipes[2], pair[2];

    if (pipe2(pipes, O_CLOEXEC) < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0 ||
        memfd_create("x", MFD_CLOEXEC) < 0 || open("/dev/null", O_RDWR) < 0)
        return -1;
    bl_autofree void *memory = malloc((size_t)8 << 20); /* mmap */
    return memory ? 0 : -1;
}
