#include "tests/sandbox/policy_run.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "bailiff/own.h"
#include "bailiff/units.h"

struct child_plan {
    const struct bl_policy *policy;
    const char *directory;
    const char *const *argv; /* or: */
    int (*function)(void);
    int input, output;
};

/* Sends the listener over BL_POLICY_LAUNCH_FD, as the sandbox does. */
static int send_listener(int listener)
{
    char control[CMSG_SPACE(sizeof(int))] = {0}, byte = 'L';
    struct iovec io = {.iov_base = &byte, .iov_len = 1};
    struct msghdr message = {
        .msg_iov = &io, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);

    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &listener, sizeof(int));
    return sendmsg(BL_POLICY_LAUNCH_FD, &message, 0) == 1 ? 0 : -1;
}

static int receive_listener(int channel)
{
    char control[CMSG_SPACE(sizeof(int))] = {0}, byte;
    struct iovec io = {.iov_base = &byte, .iov_len = 1};
    struct msghdr message = {
        .msg_iov = &io, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
    struct cmsghdr *header;
    int listener = -1;

    if (recvmsg(channel, &message, MSG_CMSG_CLOEXEC) != 1)
        return -1;
    header = CMSG_FIRSTHDR(&message);
    if (header)
        memcpy(&listener, CMSG_DATA(header), sizeof(int));
    return listener;
}

static int load_filter(const struct bl_policy *policy)
{
    struct sock_filter code[BL_POLICY_INSTRUCTIONS_MAX];
    struct sock_fprog program = {.len = (unsigned short)policy->instruction_count, .filter = code};

    memcpy(code, policy->instructions, policy->instruction_count * sizeof(code[0]));
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
                        &program);
}

static _Noreturn void child(const struct child_plan *plan, int channel)
{
    int listener;

    if (dup2(plan->input, 0) < 0 || dup2(plan->output, 1) < 0 || dup2(plan->output, 2) < 0 ||
        dup2(channel, BL_POLICY_LAUNCH_FD) < 0 ||
        fcntl(BL_POLICY_LAUNCH_FD, F_SETFD, FD_CLOEXEC) < 0 ||
        (plan->directory && chdir(plan->directory) < 0) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        _exit(124);
    listener = load_filter(plan->policy);
    if (listener < 0 || send_listener(listener))
        _exit(125);
    if (plan->function) {
        (void)close(listener);
        (void)close(BL_POLICY_LAUNCH_FD);
        _exit(plan->function());
    }
    (void)execv(plan->argv[0], (char *const *)plan->argv); /* never writes to them */
    _exit(127);
}

static void note(struct policy_run *run, const struct seccomp_data *data, bool killed)
{
    struct bl_refusal *refusal = NULL;

    for (unsigned i = 0; i < run->refusal_count && !refusal; i++) {
        if (run->refusals[i].nr == data->nr)
            refusal = &run->refusals[i];
    }
    if (!refusal && run->refusal_count < POLICY_RUN_REFUSALS_MAX) {
        refusal = &run->refusals[run->refusal_count++];
        refusal->nr = data->nr;
        refusal->arch = data->arch;
        memcpy(refusal->args, data->args, sizeof(refusal->args));
    }
    if (refusal) {
        refusal->count++;
        refusal->killed = killed;
    }
}

static void answer(struct policy_run *run, const struct bl_policy *policy, int listener, pid_t pid)
{
    struct seccomp_notif notification = {0};
    struct seccomp_notif_resp response = {0};
    int nr, value;

    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &notification))
        return; /* the caller died meanwhile */
    nr = notification.data.nr;
    value = nr >= 0 && nr < BL_POLICY_SYSCALLS_MAX ? policy->answers[nr] : policy->default_answer;
    note(run, &notification.data, value == BL_POLICY_KILL);
    if (value == BL_POLICY_KILL) {
        (void)kill(pid, SIGKILL);
        return;
    }
    response.id = notification.id;
    response.error = -value;
    (void)ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response); /* as above */
}

static int64_t now_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail */
    return now.tv_sec * (int64_t)BL_NS_PER_S + now.tv_nsec;
}

static void supervise(struct policy_run *run, const struct bl_policy *policy, int listener,
                      pid_t pid)
{
    bl_autoclose int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    const int64_t deadline = now_ns() + 600 * (int64_t)BL_NS_PER_S;
    struct pollfd fds[2] = {{.fd = pidfd, .events = POLLIN}, {.fd = listener, .events = POLLIN}};

    for (;;) {
        int64_t left_ms = (deadline - now_ns()) / (int64_t)BL_NS_PER_MS;

        if (left_ms <= 0 || poll(fds, 2, (int)left_ms) <= 0) {
            (void)kill(pid, SIGKILL); /* our child, not yet reaped */
            break;
        }
        if (fds[1].revents & POLLIN)
            answer(run, policy, listener, pid);
        else if (fds[1].revents)
            fds[1].fd = -1; /* every process under the filter is gone */
        if (fds[0].revents)
            break;
    }
    (void)waitpid(pid, &run->wait_status, 0);
}

static int run_child(struct policy_run *out, struct child_plan *plan, const char *input)
{
    bl_autoclose int in = memfd_create("input", MFD_CLOEXEC);
    bl_autoclose int text = memfd_create("output", MFD_CLOEXEC);
    bl_autoclose int listener = -1;
    int channel[2] = {-1, -1};
    pid_t pid;
    ssize_t got;

    memset(out, 0, sizeof(*out));
    if (in < 0 || text < 0 || write(in, input, strlen(input)) < 0 || lseek(in, 0, SEEK_SET) != 0 ||
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel))
        return -1;
    plan->input = in;
    plan->output = text;
    pid = fork();
    if (pid == 0)
        child(plan, channel[1]);
    bl_close_fd(&channel[1]);
    if (pid > 0)
        listener = receive_listener(channel[0]);
    bl_close_fd(&channel[0]);
    if (pid < 0)
        return -1;
    supervise(out, plan->policy, listener, pid);
    got = pread(text, out->output, sizeof(out->output) - 1, 0);
    out->output[got > 0 ? got : 0] = '\0';
    return listener < 0 ? -1 : 0;
}

int policy_run(struct policy_run *out, const struct bl_policy *policy, const char *directory,
               const char *const argv[], const char *input)
{
    struct child_plan plan = {.policy = policy, .directory = directory, .argv = argv};

    return run_child(out, &plan, input);
}

int policy_run_function(struct policy_run *out, const struct bl_policy *policy,
                        int (*function)(void))
{
    struct child_plan plan = {.policy = policy, .function = function};

    return run_child(out, &plan, "");
}

const char *policy_run_refused(const struct policy_run *run, char *text, size_t size)
{
    char name[32];
    size_t used = 0;

    text[0] = '\0';
    for (unsigned i = 0; i < run->refusal_count && used < size; i++) {
        const struct bl_refusal *r = &run->refusals[i];
        int wrote =
            snprintf(text + used, size - used, "%s%s*%llu", i ? " " : "",
                     bl_policy_syscall_name(r->arch, r->nr, name), (unsigned long long)r->count);

        used += wrote > 0 ? (size_t)wrote : 0;
    }
    return text;
}
