/* Input files in the page cache before anybody is charged for them. Without root: only whether the
 * pages are there is looked at; who is charged, tests/sandbox/test_memory.c asks. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "executor/job/prefetch.h"

#ifndef SYS_cachestat
#define SYS_cachestat 451 /* kernel 6.5; the same number everywhere */
#endif

enum { FILE_BYTES = 24 << 20 };

struct scene {
    struct bl_loop *loop;
    struct bl_prefetch *prefetch;
    unsigned dones;
};

static void on_done(void *ctx)
{
    struct scene *scene = ctx;

    scene->dones++;
    bl_loop_stop(scene->loop);
}

static void begin(struct scene *scene)
{
    struct bl_err err;

    scene->dones = 0;
    assert_int_equal(bl_loop_new(&scene->loop, &err), 0);
    assert_int_equal(bl_prefetch_new(&scene->prefetch, scene->loop, on_done, scene, &err), 0);
}

static void end(struct scene *scene)
{
    bl_prefetch_free(&scene->prefetch);
    bl_loop_free(&scene->loop);
}

/* In the build's folder: a real file system, where /tmp may be memory. Not on the disk yet, so that
 * the kernel can't drop it. */
static int make_file(void)
{
    char path[] = BAILIFF_BINARY_DIR "/prefetch-XXXXXX";
    bl_autofree char *block = calloc(1, FILE_BYTES);
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_non_null(block);
    (void)unlink(path);
    assert_int_equal(write(fd, block, FILE_BYTES), FILE_BYTES);
    return fd;
}

static void make_cold(int fd)
{
    assert_int_equal(fdatasync(fd), 0);
    assert_int_equal(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), 0);
}

static size_t cached_bytes(int fd)
{
    size_t pages = FILE_BYTES / (size_t)sysconf(_SC_PAGESIZE), count = 0;
    bl_autofree unsigned char *there = malloc(pages);
    void *map = mmap(NULL, FILE_BYTES, PROT_READ, MAP_SHARED, fd, 0);

    assert_non_null(there);
    assert_true(map != MAP_FAILED);
    assert_int_equal(mincore(map, FILE_BYTES, there), 0);
    for (size_t i = 0; i < pages; i++)
        count += there[i] & 1;
    (void)munmap(map, FILE_BYTES);
    return count * (size_t)sysconf(_SC_PAGESIZE);
}

/* What was there and had to go: the kernel remembers that of each page that it reclaimed, and of
 * none that posix_fadvise dropped (mm/workingset.c). A host that pages out early (DAMON) takes
 * pages that nobody has read yet within a second. */
static size_t reclaimed_bytes(int fd)
{
    struct {
        uint64_t offset, length;
    } all = {0, FILE_BYTES};
    struct {
        uint64_t cached, dirty, writeback, evicted, recently_evicted;
    } pages = {0};

    if (syscall(SYS_cachestat, fd, &all, &pages, 0) != 0)
        assert_int_equal(errno, ENOSYS); /* before Linux 6.5 */
    return (size_t)pages.evicted * (size_t)sysconf(_SC_PAGESIZE);
}

/* What had to go is counted first: what goes in between counts as missing for now, never twice. */
static size_t arrived_bytes(int fd)
{
    size_t reclaimed = reclaimed_bytes(fd);

    return reclaimed + cached_bytes(fd);
}

/* It was asked for; the disk brings it in its own time. */
static void expect_all_arrives(int fd)
{
    uint64_t give_up_ns = bl_now_ns() + 20 * BL_NS_PER_S;
    size_t arrived;

    while ((arrived = arrived_bytes(fd)) < FILE_BYTES && bl_now_ns() < give_up_ns)
        (void)poll(NULL, 0, 2);
    assert_int_equal(arrived, FILE_BYTES);
}

static void prefetch__asks_for_all_of_a_cold_file(void **state)
{
    bl_autoclose int fd = make_file();
    struct scene scene;
    struct bl_err err;

    (void)state;
    make_cold(fd);
    if (cached_bytes(fd) > FILE_BYTES / 2) {
        print_message("this file system keeps its pages\n");
        skip();
    }
    begin(&scene);
    bl_prefetch_add(scene.prefetch, fd);
    if (!bl_prefetch_begin(scene.prefetch)) {
        assert_int_equal(bl_loop_run(scene.loop, &err), 0);
        assert_int_equal(scene.dones, 1);
    }
    expect_all_arrives(fd);
    end(&scene);
}

static void prefetch__asks_again_for_what_was_lost_meanwhile(void **state)
{
    bl_autoclose int fd = make_file();
    const off_t first = 64 * 1024;
    struct scene scene;
    struct bl_err err;
    char byte;

    (void)state;
    make_cold(fd);
    begin(&scene);
    bl_prefetch_add(scene.prefetch, fd);
    if (!bl_prefetch_begin(scene.prefetch)) {
        assert_int_equal(pread(fd, &byte, 1, 0),
                         1); /* a page that is on its way can't be dropped */
        assert_int_equal(posix_fadvise(fd, 0, first, POSIX_FADV_DONTNEED), 0);
        assert_int_equal(bl_loop_run(scene.loop, &err), 0);
    }
    expect_all_arrives(fd);
    end(&scene);
}

static void prefetch__a_cached_file_is_done_at_once(void **state)
{
    bl_autoclose int fd = make_file(); /* just written */
    struct scene scene;

    (void)state;
    begin(&scene);
    bl_prefetch_add(scene.prefetch, fd);
    assert_true(bl_prefetch_begin(scene.prefetch));
    assert_int_equal(scene.dones, 0);
    end(&scene);
}

static void prefetch__passes_over_what_cannot_be_read_ahead(void **state)
{
    bl_autoclose int file = make_file();
    bl_autoclose int folder = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bl_autoclose int device = open("/dev/zero", O_RDONLY | O_CLOEXEC);
    bl_autoclose int memory = memfd_create("empty", MFD_CLOEXEC);
    char path[64];
    struct scene scene;

    (void)state;
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
    bl_autoclose int name_only = open(path, O_PATH | O_CLOEXEC);
    begin(&scene);
    bl_prefetch_add(scene.prefetch, folder);
    bl_prefetch_add(scene.prefetch, device);
    bl_prefetch_add(scene.prefetch, memory);
    bl_prefetch_add(scene.prefetch, name_only);
    bl_prefetch_add(scene.prefetch, -1);
    assert_true(bl_prefetch_begin(scene.prefetch));
    end(&scene);
}

/* Freed in the middle: no callback comes, no descriptor stays: the same number is free
 * again. */
static void prefetch__can_be_given_up(void **state)
{
    bl_autoclose int fd = make_file();
    int next_free, next_free_after;
    struct scene scene;

    (void)state;
    next_free = dup(0);
    (void)close(next_free);
    make_cold(fd);
    begin(&scene);
    bl_prefetch_add(scene.prefetch, fd);
    (void)bl_prefetch_begin(scene.prefetch);
    end(&scene);
    assert_int_equal(scene.dones, 0);
    next_free_after = dup(0);
    (void)close(next_free_after);
    assert_int_equal(next_free_after, next_free);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prefetch__asks_for_all_of_a_cold_file),
        cmocka_unit_test(prefetch__asks_again_for_what_was_lost_meanwhile),
        cmocka_unit_test(prefetch__a_cached_file_is_done_at_once),
        cmocka_unit_test(prefetch__passes_over_what_cannot_be_read_ahead),
        cmocka_unit_test(prefetch__can_be_given_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
