/* crime_carry plant|find - leaves things where a later or a neighbouring program might find them,
 * or looks for them. "plant" then closes standard error and waits for the end of standard input. */
#include <fcntl.h>
#include <linux/keyctl.h>
#include <mqueue.h>
#include <stddef.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "crime.h"

enum { KEY = 0x0BA111FF };
static const char key_name[] = "bailiff-test:carried";
static const char host_key_name[] = "bailiff-test:host";

static int plant_flag; /* IPC_CREAT, or 0 to find */

static long carry_shm(long argument)
{
    (void)argument;
    return shmget(KEY, 4096, plant_flag | 0666);
}

static long carry_msg(long argument)
{
    (void)argument;
    return msgget(KEY, plant_flag | 0666);
}

static long carry_sem(long argument)
{
    (void)argument;
    return semget(KEY, 1, plant_flag | 0666);
}

static long carry_mq(long argument)
{
    struct mq_attr small = {.mq_maxmsg = 1, .mq_msgsize = 16};

    (void)argument;
    return mq_open("/crime", (plant_flag ? O_CREAT : 0) | O_RDWR, 0666, &small);
}

static long carry_key(long keyring)
{
    if (plant_flag)
        return syscall(SYS_add_key, "user", key_name, "1", 1, keyring);
    return syscall(SYS_keyctl, KEYCTL_SEARCH, keyring, "user", key_name, 0);
}

/* One that the test put into the session keyring of whoever started Bailiff. */
static long find_host_key(long keyring)
{
    return syscall(SYS_keyctl, KEYCTL_SEARCH, keyring, "user", host_key_name, 0);
}

static long request_host_key(long argument)
{
    (void)argument;
    return syscall(SYS_request_key, "user", host_key_name, NULL, 0);
}

static long carry_file(long path)
{
    return open((const char *)path, (plant_flag ? O_CREAT : 0) | O_RDWR | O_CLOEXEC, 0666);
}

static long carry_abstract(long argument)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "\0crime"};
    socklen_t length = offsetof(struct sockaddr_un, sun_path) + 6;
    int any = socket(AF_UNIX, SOCK_STREAM, 0);

    (void)argument;
    if (any < 0)
        return -1;
    if (!plant_flag)
        return connect(any, (const struct sockaddr *)&name, length);
    return bind(any, (const struct sockaddr *)&name, length) < 0 ? -1 : listen(any, 1);
}

int main(int argc, char **argv)
{
    static const struct crime things[] = {
        {"SysV shared memory", carry_shm, 0},
        {"SysV message queue", carry_msg, 0},
        {"SysV semaphore", carry_sem, 0},
        {"POSIX message queue", carry_mq, 0},
        {"session keyring", carry_key, KEY_SPEC_SESSION_KEYRING},
        {"user keyring", carry_key, KEY_SPEC_USER_KEYRING},
        {"user session keyring", carry_key, KEY_SPEC_USER_SESSION_KEYRING},
        {"file in /tmp", carry_file, (long)"/tmp/crime"},
        {"file in /dev/shm", carry_file, (long)"/dev/shm/crime"},
        {"file in /box", carry_file, (long)"/box/crime"},
        {"abstract socket", carry_abstract, 0},
    };
    static const struct crime of_the_host[] = {
        {"host's key in the session keyring", find_host_key, KEY_SPEC_SESSION_KEYRING},
        {"host's key in the user keyring", find_host_key, KEY_SPEC_USER_KEYRING},
        {"host's key by request", request_host_key, 0},
    };
    char byte;

    if (argc != 2)
        return 2;
    plant_flag = strcmp(argv[1], "plant") == 0 ? IPC_CREAT : 0;
    if (!plant_flag) {
        (void)crime_try_all(things, CRIME_COUNT(things));
        return crime_try_all(of_the_host, CRIME_COUNT(of_the_host));
    }
    for (size_t i = 0; i < CRIME_COUNT(things); i++) /* by this process: it is to stay */
        crime_report(things[i].name, things[i].commit(things[i].argument) >= 0 ? 0 : errno);
    (void)fflush(stdout);
    (void)close(2);
    while (read(0, &byte, 1) > 0)
        ;
    return 0;
}
