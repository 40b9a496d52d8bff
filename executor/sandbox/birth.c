/* birth.c - see birth.h (process: warden). */
#include "executor/sandbox/birth.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>

#include "bailiff/own.h"
#include "executor/sandbox/init.h"
#include "executor/sandbox/syscalls.h"
#include "executor/sandbox/template.h"

int bl_home_open(struct bl_home *home, const struct bl_plan *plan, struct bl_err *err)
{
    const char *place = plan->cgroup_place[0] ? plan->cgroup_place : NULL;

    *home = (struct bl_home){.plan = plan, .mount_namespace = -1, .root = -1, .proc = -1};
    for (int i = 0; i < BL_PLAN_ROOTS_MAX; i++)
        home->templates[i] = -1;
    home->mount_namespace = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
    if (home->mount_namespace < 0)
        return bl_fail(err, BL_STEP_WARDEN_START, errno, "/proc/self/ns/mnt");
    home->root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (home->root < 0)
        return bl_fail(err, BL_STEP_WARDEN_START, errno, "/");
    home->proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (home->proc < 0)
        return bl_fail(err, BL_STEP_WARDEN_START, errno, "/proc");
    return bl_cgroup_tree_open(&home->tree, place, err);
}

uint32_t bl_birth_first_id(const struct bl_home *home, unsigned slot)
{
    return home->plan->first_id +
           2 * (bl_cgroup_tree_index(home->tree) * BL_PLAN_SANDBOXES_MAX + slot);
}

/* True where the plan says that this step is to fail; see struct bl_plan. */
static bool injected(const struct bl_home *home, enum bl_step step)
{
    return home->plan->fail_step == (uint32_t)step;
}

/* Back from a template to where paths mean what the host says. */
static int return_home(const struct bl_home *home)
{
    if (setns(home->mount_namespace, CLONE_NEWNS) < 0 || fchdir(home->root) < 0)
        return -1;
    return chroot(".");
}

/* If the way back fails, every later path would be wrong: then the warden ends. */
pid_t bl_clone_in(const struct bl_home *home, int mount_namespace, struct clone_args *args)
{
    if (setns(mount_namespace, CLONE_NEWNS) < 0)
        return -1;
    pid_t pid = bl_clone3(args);
    int saved = errno;
    if (pid != 0 && return_home(home) < 0)
        _exit(1);
    errno = saved;
    return pid;
}

static int clone_init(struct bl_home *home, const struct bl_order *order,
                      const struct bl_init_args *args, struct bl_newborn *born, struct bl_err *err)
{
    const struct bl_profile *profile = &home->plan->profiles[order->profile];
    int *template_fd = &home->templates[profile->root];
    struct clone_args clone = {
        .flags = CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC |
                 CLONE_NEWUTS | CLONE_PIDFD,
        .pidfd = (uintptr_t)&born->pidfd,
        .exit_signal = SIGCHLD,
    };

    if (*template_fd < 0 && bl_template_build(&home->plan->roots[profile->root],
                                              home->plan->fail_step, template_fd, err) < 0)
        return -1;
    errno = EIO;
    born->pid = injected(home, BL_STEP_CLONE_INIT) ? -1 : bl_clone_in(home, *template_fd, &clone);
    if (born->pid == 0)
        bl_init_main(args);
    if (born->pid < 0) {
        born->pidfd = -1;
        return bl_fail(err, BL_STEP_CLONE_INIT, errno, "%s",
                       errno == ENOSPC ? "a limit of user.max_*_namespaces is reached" : "");
    }
    return 0;
}

static int write_map(const struct bl_home *home, pid_t pid, const char *file, uint32_t first_id)
{
    char path[64], map[96];
    int length = snprintf(map, sizeof(map), "%d %u 1\n%d %u 1\n", BL_INSIDE_INIT_ID, first_id,
                          BL_INSIDE_PROGRAM_ID, first_id + 1);

    (void)snprintf(path, sizeof(path), "%d/%s", (int)pid, file);
    bl_autoclose int fd = openat(home->proc, path, O_WRONLY | O_CLOEXEC);
    return fd >= 0 && write(fd, map, (size_t)length) == length ? 0 : -1;
}

static int map_ids(const struct bl_home *home, pid_t pid, uint32_t first_id, struct bl_err *err)
{
    errno = EIO;
    if (injected(home, BL_STEP_ID_MAP) || write_map(home, pid, "uid_map", first_id) < 0 ||
        write_map(home, pid, "gid_map", first_id) < 0)
        return bl_fail(err, BL_STEP_ID_MAP, errno, "%u and %u", first_id, first_id + 1);
    return 0;
}

static int open_channels(struct bl_newborn *born, struct bl_init_args *args, struct bl_err *err)
{
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return bl_fail(err, BL_STEP_WARDEN_TALK, errno, "socketpair");
    born->control = ends[0];
    args->control = ends[1];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return bl_fail(err, BL_STEP_WARDEN_TALK, errno, "socketpair");
    born->launch = ends[0];
    args->launch = ends[1];
    return 0;
}

/* It must get a CPU at once when the program is to be killed, or has ended, however many others
 * want one: it does little, and what it forks is not so favoured. Refused in some containers; then
 * limits are enforced a little later on a busy host. */
static void favour(pid_t init)
{
    const struct sched_param least = {.sched_priority = 1};

    (void)sched_setscheduler(init, SCHED_RR | SCHED_RESET_ON_FORK, &least);
}

static int try_birth(struct bl_home *home, const struct bl_order *order, unsigned slot,
                     struct bl_newborn *born, struct bl_init_args *args, struct bl_err *err)
{
    if (injected(home, BL_STEP_CGROUP_CREATE))
        return bl_fail(err, BL_STEP_CGROUP_CREATE, EIO, "injected");
    if (bl_cgroup_create(home->tree, order->id, &born->files, &args->join, err) < 0 ||
        open_channels(born, args, err) < 0 || clone_init(home, order, args, born, err) < 0 ||
        map_ids(home, born->pid, bl_birth_first_id(home, slot), err) < 0)
        return -1;
    favour(born->pid);
    if (bl_wire_send(born->control, "", 1, NULL, 0) < 0)
        return bl_fail(err, BL_STEP_CLONE_INIT, errno, "init ended early");
    return 0;
}

unsigned bl_newborn_fds(const struct bl_newborn *born, int fds[BL_NEWBORN_FDS_MAX])
{
    unsigned count = 0;

    fds[count++] = born->control;
    fds[count++] = born->launch;
    fds[count++] = born->pidfd;
    for (int role = 0; role < BL_CGROUP_ROLE_COUNT; role++)
        if (born->files.present & (1U << role))
            fds[count++] = born->files.fds[role];
    return count;
}

int bl_birth(struct bl_home *home, const struct bl_order *order, unsigned slot,
             struct bl_newborn *out, struct bl_err *err)
{
    struct bl_newborn born = {.pid = -1, .pidfd = -1, .control = -1, .launch = -1};
    struct bl_init_args args = {.plan = home->plan, .order = order, .control = -1, .launch = -1};

    bl_cgroup_files_init(&born.files);
    bl_cgroup_join_init(&args.join);
    int status = try_birth(home, order, slot, &born, &args, err);
    bl_close_fd(&args.control);
    bl_close_fd(&args.launch);
    bl_cgroup_join_release(&args.join);
    if (status == 0) {
        *out = born;
        return 0;
    }
    if (born.pid > 0) /* it is reaped like any other; the channels' end would end it too */
        (void)bl_pidfd_send_signal(born.pidfd, SIGKILL);
    bl_close_fd(&born.pidfd);
    bl_close_fd(&born.control);
    bl_close_fd(&born.launch);
    bl_cgroup_files_release(&born.files);
    return -1;
}
