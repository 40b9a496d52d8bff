#include "bench/service.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "bailiff/units.h"
#include "bench/bare.h"
#include "executor/base/loop.h"

enum { LOOK_AGAIN_MS = 5 };
#define PATIENCE_NS (20 * BL_NS_PER_S)

/* Its user is nobody's: a number that no account has. */
static int write_configuration(const struct bl_service_run *service, const char *path,
                               struct bl_err *err)
{
    FILE *file = fopen(path, "we");

    if (!file)
        return bl_fail(err, BL_STEP_FILE_WRITE, errno, "%s", path);
    (void)fprintf(file,
                  "listen: [\"unix:%s/rpc.sock\"]\n"
                  "user: \"1879000000\"\n"
                  "state: {directory: %s/state, store_size: 256MiB, spool_size: 256MiB}\n"
                  "queue: {jobs: 20000, tenant_jobs: 20000}\n"
                  "log: warning\n",
                  service->folder, service->folder);
    return fclose(file) == 0 ? 0 : bl_fail(err, BL_STEP_FILE_WRITE, errno, "%s", path);
}

static bool is_listening(const struct bl_address *address)
{
    bl_autoclose int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    return fd >= 0 && connect(fd, &address->any, address->length) == 0;
}

static int await_socket(struct bl_service_run *service, struct bl_err *err)
{
    const uint64_t give_up_ns = bl_now_ns() + PATIENCE_NS;

    while (!is_listening(&service->address)) {
        if (waitpid(service->pid, NULL, WNOHANG) == service->pid) {
            service->pid = -1;
            return bl_fail(err, BL_STEP_CONNECT, 0, "bailiffd ended before it listened");
        }
        if (bl_now_ns() > give_up_ns)
            return bl_fail(err, BL_STEP_CONNECT, ETIMEDOUT, "bailiffd does not listen");
        (void)poll(NULL, 0, LOOK_AGAIN_MS); /* then look again */
    }
    return 0;
}

int bl_service_again(struct bl_service_run *service, const char *programs, struct bl_err *err)
{
    char daemon[4096], configuration[128];
    const char *const argv[] = {daemon, "--config", configuration, NULL};

    (void)snprintf(daemon, sizeof(daemon), "%s/../../bin/bailiffd", programs);
    (void)snprintf(configuration, sizeof(configuration), "%s/bailiffd.yaml", service->folder);
    if (bl_bare_start(&service->pid, argv, -1, -1, err) < 0)
        return -1;
    return await_socket(service, err);
}

int bl_service_start(struct bl_service_run *service, const char *programs, struct bl_err *err)
{
    char configuration[128], address[128];

    *service = (struct bl_service_run){.folder = "/tmp/bailiff-bench-XXXXXX", .pid = -1};
    if (!mkdtemp(service->folder) || chmod(service->folder, 0711) < 0)
        return bl_fail(err, BL_STEP_FILE_WRITE, errno, "%s", service->folder);
    (void)snprintf(configuration, sizeof(configuration), "%s/bailiffd.yaml", service->folder);
    (void)snprintf(address, sizeof(address), "unix:%s/rpc.sock", service->folder);
    if (bl_address_parse(&service->address, address, err) < 0 ||
        write_configuration(service, configuration, err) < 0)
        return -1;
    return bl_service_again(service, programs, err);
}

/* The first of them; -1: there is none. */
static pid_t child_of(pid_t pid)
{
    char path[64];
    int child = -1;

    (void)snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid, (int)pid);
    FILE *file = fopen(path, "re");
    if (file && fscanf(file, "%d", &child) != 1)
        child = -1;
    if (file)
        (void)fclose(file); /* read only */
    return child;
}

/* It listens before it has one. */
pid_t bl_service_warden(const struct bl_service_run *service)
{
    const uint64_t give_up_ns = bl_now_ns() + PATIENCE_NS;
    pid_t warden;

    while ((warden = child_of(service->pid)) < 0 && bl_now_ns() < give_up_ns)
        (void)poll(NULL, 0, LOOK_AGAIN_MS); /* then look again */
    return warden;
}

unsigned long bl_service_peak_kib(const struct bl_service_run *service)
{
    char path[64], line[256];
    unsigned long peak = 0;

    (void)snprintf(path, sizeof(path), "/proc/%d/status", (int)service->pid);
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof(line), file))
        if (sscanf(line, "VmHWM: %lu", &peak) == 1)
            break;
    if (file)
        (void)fclose(file); /* read only */
    return peak;
}

void bl_service_stop(struct bl_service_run *service)
{
    const char *const argv[] = {"/bin/rm", "-rf", "--one-file-system", service->folder, NULL};
    struct bl_err ignored; /* a folder in /tmp stays */

    if (service->pid > 0) {
        (void)kill(service->pid, SIGTERM);
        while (waitpid(service->pid, NULL, 0) < 0 && errno == EINTR)
            ;
        service->pid = -1;
    }
    if (strstr(service->folder, "bailiff-bench-") && !strstr(service->folder, "XXXXXX"))
        (void)bl_bare_run(argv, -1, NULL, &ignored);
}
