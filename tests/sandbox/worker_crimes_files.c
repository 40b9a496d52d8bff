/* worker_crimes_files.c - what a worker that was taken over tries on files. */
#include "tests/sandbox/worker_crimes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "tests/sandbox/worker_scene.h"

long crime_read_shadow(void)
{
    return open("/etc/shadow", O_RDONLY);
}

long crime_read_another_users(void)
{
    return open(worker_scene.others, O_RDONLY);
}

long crime_read_what_all_may(void)
{
    return open(worker_scene.readable, O_RDONLY);
}

long crime_list_root(void)
{
    return open("/", O_RDONLY | O_DIRECTORY);
}

long crime_read_own_environment(void)
{
    return open("/proc/self/environ", O_RDONLY);
}

long crime_write_own_memory(void)
{
    return open("/proc/self/mem", O_RDWR);
}

long crime_read_the_parents_memory(void)
{
    char path[32];

    (void)snprintf(path, sizeof(path), "/proc/%d/mem", (int)getppid());
    return open(path, O_RDONLY);
}

long crime_create_where_all_may(void)
{
    char path[96];

    (void)snprintf(path, sizeof(path), "%s/x", worker_scene.open_folder);
    return open(path, O_WRONLY | O_CREAT, 0600);
}

long crime_make_folder_where_all_may(void)
{
    char path[96];

    (void)snprintf(path, sizeof(path), "%s/x", worker_scene.open_folder);
    return mkdir(path, 0700);
}

long crime_unlink_where_all_may(void)
{
    return unlinkat(AT_FDCWD, worker_scene.open_folder, AT_REMOVEDIR);
}

long crime_rename_out_of_the_store(void)
{
    char from[96], to[96];

    (void)snprintf(from, sizeof(from), "%s/mine", worker_scene.store);
    (void)snprintf(to, sizeof(to), "%s/mine", worker_scene.open_folder);
    bl_autoclose int fd = open(from, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return 0; /* then this is no crime but our own mistake */
    long status = rename(from, to);
    int saved = errno;
    (void)unlink(from);
    errno = saved;
    return status;
}

long crime_link_another_in(void)
{
    char to[96];

    (void)snprintf(to, sizeof(to), "%s/theirs", worker_scene.store);
    return link(worker_scene.readable, to);
}

long crime_climb_out(void)
{
    bl_autoclose int folder = open(worker_scene.store, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    return folder < 0 ? 0 : openat(folder, "../../etc/passwd", O_RDONLY);
}

long crime_make_symlink(void)
{
    char path[96];

    (void)snprintf(path, sizeof(path), "%s/link", worker_scene.store);
    return symlink("/etc/shadow", path);
}

long crime_make_device(void)
{
    char path[96];

    (void)snprintf(path, sizeof(path), "%s/device", worker_scene.store);
    return mknod(path, S_IFCHR | 0600, 0x103);
}

long crime_change_owner(void)
{
    return chown(worker_scene.store, 0, 0);
}

long crime_change_mode_of_another(void)
{
    return fchmodat(AT_FDCWD, worker_scene.readable, 04777, 0);
}
