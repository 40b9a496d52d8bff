/* The host refuses: system call number n fails, for every n of one life of the store, with each
 * error that may come, and memory runs out at allocation number n (the linker's --wrap,
 * tests/CMakeLists.txt). Whatever fails, what was stored before stays, nothing wrong is stored,
 * nothing leaks, and all works again when it ends. Beyond that: limits that are really reached. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "executor/base/error.h"
#include "executor/server/store_index.h"
#include "tests/unit/store_scene.h"

/* Which call fails, and how many there were; fails_at 0: none does. */
static struct {
    unsigned long fails_at, count;
    int error; /* ENOMEM: allocations only */
} fault;

static bool fails(void)
{
    if (fault.error == ENOMEM || ++fault.count != fault.fails_at)
        return false;
    errno = fault.error;
    return true;
}

static bool runs_out(void)
{
    return fault.error == ENOMEM && ++fault.count == fault.fails_at;
}

#define WRAP(result, name, parameters, arguments)      \
    result __real_##name parameters;                   \
    result __wrap_##name parameters;                   \
    result __wrap_##name parameters                    \
    {                                                  \
        return fails() ? -1 : __real_##name arguments; \
    }

WRAP(int, __openat64_2, (int dir, const char *path, int flags), (dir, path, flags))
WRAP(int, fstat64, (int fd, struct stat64 *is), (fd, is))
WRAP(int, fstatat64, (int dir, const char *path, struct stat64 *is, int flags),
     (dir, path, is, flags))
WRAP(ssize_t, write, (int fd, const void *bytes, size_t length), (fd, bytes, length))
WRAP(ssize_t, preadv64v2, (int fd, const struct iovec *to, int count, off64_t at, int flags),
     (fd, to, count, at, flags))
WRAP(int, fchmod, (int fd, mode_t mode), (fd, mode))
WRAP(int, renameat, (int from_dir, const char *from, int to_dir, const char *to),
     (from_dir, from, to_dir, to))
WRAP(int, unlinkat, (int dir, const char *path, int flags), (dir, path, flags))
WRAP(int, utimensat, (int dir, const char *path, const struct timespec times[2], int flags),
     (dir, path, times, flags))
WRAP(int, sync_file_range, (int fd, off64_t at, off64_t length, unsigned flags),
     (fd, at, length, flags))
WRAP(int, flock, (int fd, int how), (fd, how))

int __real_openat64(int dir, const char *path, int flags, ...);
int __wrap_openat64(int dir, const char *path, int flags, ...);
int __wrap_openat64(int dir, const char *path, int flags, ...)
{
    va_list args;
    mode_t mode;

    va_start(args, flags);
    mode = va_arg(args, mode_t);
    va_end(args);
    return fails() ? -1 : __real_openat64(dir, path, flags, mode);
}

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size)
{
    return runs_out() ? NULL : __real_calloc(count, size);
}

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size)
{
    return runs_out() ? NULL : __real_malloc(size);
}

void *__real_EVP_MD_CTX_new(void);
void *__wrap_EVP_MD_CTX_new(void);
void *__wrap_EVP_MD_CTX_new(void)
{
    return runs_out() ? NULL : __real_EVP_MD_CTX_new();
}

enum { OLD_BYTES = 30000, NEW_BYTES = 20000 };

/* One life of the store goes on until something fails. */
struct life {
    struct store_scene *scene;
    struct bl_digest old_file; /* stored long before */
    char bytes[NEW_BYTES];
    int source;
};

static int await(struct store_scene *scene, const unsigned *done, struct bl_err *err)
{
    unsigned before = *done;
    bool failed;

    while (*done == before) {
        if (bl_loop_run(scene->loop, err) != 0)
            return -1;
    }
    failed = scene->has_failed;
    if (failed)
        *err = scene->err;
    return failed ? -1 : 0;
}

static int use_old(struct life *life, struct bl_err *err)
{
    struct store_scene *scene = life->scene;
    bl_autoclose int fd = -1;
    struct bl_pin *pin;
    int result = 0;

    if (bl_pin_new(&pin, scene->store, &life->old_file, store_scene_on_ready, scene, err) != 0)
        return -1;
    if (!bl_pin_is_ready(pin))
        result = await(scene, &scene->readies, err);
    if (result == 0)
        result = bl_pin_open(pin, &fd, err);
    bl_pin_free(&pin);
    return result;
}

static int put_new(struct life *life, struct bl_err *err)
{
    struct store_scene *scene = life->scene;
    const struct bl_put_order order = {.size_bytes = NEW_BYTES};
    struct bl_pin *pin = NULL;
    struct bl_put *put;
    int result;

    if (bl_put_new(&put, scene->store, &order, err) != 0)
        return -1;
    result = bl_put_write(put, life->bytes, NEW_BYTES / 2, err);
    if (result == 0)
        result = bl_put_write(put, life->bytes, NEW_BYTES / 2, err);
    if (result == 0)
        result = bl_put_finish(put, &pin, err);
    bl_put_free(&put);
    bl_pin_free(&pin);
    return result;
}

static int copy_new(struct life *life, struct bl_err *err)
{
    struct store_scene *scene = life->scene;
    const struct bl_copy_source source = {.fd = life->source};
    struct bl_copy *copy;
    int result;

    if (bl_copy_new(&copy, scene->store, &source, store_scene_on_copied, scene, err) != 0)
        return -1;
    result = await(scene, &scene->readies, err);
    bl_copy_free(&copy);
    bl_pin_free(&scene->pin);
    return result;
}

/* The store has room for the old file and one new one: the copy evicts what was put. */
static int live(struct life *life, struct bl_err *err)
{
    struct store_scene *scene = life->scene;
    struct bl_pin *keep = NULL;
    int result;

    if (bl_store_open(&scene->store, scene->loop, scene->path, &scene->limits, err) != 0)
        return -1;
    result = use_old(life, err);
    if (result == 0)
        result = bl_pin_new(&keep, scene->store, &life->old_file, store_scene_on_ready, scene, err);
    if (result == 0)
        result = put_new(life, err);
    if (result == 0)
        result = copy_new(life, err);
    bl_pin_free(&keep);
    return result;
}

static int make_source(void)
{
    int fd = memfd_create("source", MFD_CLOEXEC);
    static const char bytes[NEW_BYTES] = "source";

    assert_int_equal(write(fd, bytes, sizeof(bytes)), sizeof(bytes));
    return fd;
}

static int count_descriptors(void)
{
    int fd = dup(0), count = 0;

    assert_int_equal(close(fd), 0);
    for (int i = 0; i < 200; i++)
        count += fcntl(i, F_GETFD) >= 0;
    return count;
}

/* What the disk could not be asked about may count as damaged; else the old file stays. */
static bool may_lose_the_file(int error)
{
    return error == EIO;
}

/* Everything that has a digest's name is what its name says, and the store works. */
static void expect_sound(struct life *life, bool may_be_lost)
{
    struct store_scene *scene = life->scene;
    struct bl_store_usage usage;
    struct bl_err err = {0};
    enum bl_step step;

    bl_store_free(&scene->store);
    store_scene_open(scene);
    usage = store_scene_usage(scene);
    assert_int_equal(store_scene_names(scene), usage.files);
    step = store_scene_refusal(scene, &life->old_file);
    if (step != BL_STEP_NONE)
        assert_true(may_be_lost);
    bl_store_free(&scene->store);
    if (step != BL_STEP_NONE) {
        store_scene_open(scene);
        (void)store_scene_put(scene, 'o', OLD_BYTES);
        bl_store_free(&scene->store);
    }
    if (live(life, &err) != 0)
        fail_msg("it does not recover: %s %s", bl_step_name(err.step), err.detail);
    assert_int_equal(store_scene_usage(scene).removed, 0);
    assert_int_equal(store_scene_usage(scene).bytes_coming, 0);
    assert_int_equal(store_scene_usage(scene).bytes_pinned, 0);
    bl_store_free(&scene->store);
}

static void expect_step(enum bl_step step, int error)
{
    switch (error) {
    case ENOSPC:
    case EMFILE:
    case EDQUOT:
        /* INPUT: of the descriptor that is copied from. */
        if (step != BL_STEP_STORE_SHORT && step != BL_STEP_STORE && step != BL_STEP_INPUT)
            fail_msg("%s", bl_step_name(step));
        break;
    case ENOMEM:
        assert_int_equal(step, BL_STEP_MEMORY);
        break;
    default:
        if (step != BL_STEP_STORE && step != BL_STEP_STORE_MISSING && step != BL_STEP_INPUT)
            fail_msg("%s", bl_step_name(step));
    }
}

static void try_all(struct store_scene *scene, int error)
{
    struct life life = {.scene = scene, .source = make_source()};
    unsigned long n = 1;
    bool is_over = false;

    life.old_file = store_scene_put(scene, 'o', OLD_BYTES);
    bl_store_free(&scene->store);
    scene->limits.bytes_max = bl_footprint(OLD_BYTES) + bl_footprint(NEW_BYTES);
    for (; !is_over; n++) {
        int before = count_descriptors(), result;
        struct bl_err err = {0};

        fault.error = error;
        fault.count = 0;
        fault.fails_at = n;
        result = live(&life, &err);
        bl_store_free(&scene->store);
        is_over = fault.count < n;
        fault.fails_at = 0;
        fault.error = 0;
        assert_int_equal(count_descriptors(), before);
        if (result != 0)
            expect_step(err.step, error);
        else if (is_over)
            assert_int_equal(err.step, BL_STEP_NONE);
        expect_sound(&life, may_lose_the_file(error));
    }
    assert_in_range(n, error == ENOMEM ? 10 : 30, 1000);
    bl_close_fd(&life.source);
}

#define FAULT_TEST(name, error)              \
    static void faults__##name(void **state) \
    {                                        \
        try_all(*state, error);              \
    }
FAULT_TEST(no_space_anywhere, ENOSPC)
FAULT_TEST(no_quota_anywhere, EDQUOT)
FAULT_TEST(no_descriptors_anywhere, EMFILE)
FAULT_TEST(a_disk_that_fails_anywhere, EIO)
FAULT_TEST(no_memory_anywhere, ENOMEM)

/* A rlimit that is really reached; the process ignores SIGXFSZ, as bailiffd does. */
static void faults__beyond_the_file_size_limit(void **state)
{
    struct store_scene *scene = *state;
    struct rlimit before, low;
    struct bl_put *put;
    struct bl_err err;
    static const char bytes[20000];

    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    low = (struct rlimit){10000, before.rlim_max};
    put = store_scene_begin(scene, NULL, 20000);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
    assert_int_equal(bl_put_write(put, bytes, 20000, &err), -1);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(err.step, BL_STEP_STORE);
    assert_int_equal(err.sys_errno, EFBIG);
    bl_put_free(&put);
    assert_int_equal(store_scene_names(scene), 0);
    (void)store_scene_put(scene, 'a', 20000);
}

static void faults__no_descriptor_left(void **state)
{
    struct store_scene *scene = *state;
    struct bl_digest file = store_scene_put(scene, 'a', 10);
    struct bl_pin *pin = store_scene_pin(scene, &file), *unchecked;
    const struct bl_put_order order = {.size_bytes = 1};
    struct rlimit before, low;
    struct bl_put *put = NULL;
    struct bl_err err;
    int fd = -1;

    bl_pin_free(&pin);
    store_scene_reopen(scene);
    assert_int_equal(bl_pin_new(&unchecked, scene->store, &file, store_scene_on_ready, scene, &err),
                     0);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    fd = dup(0);
    bl_close_fd(&fd);
    low = (struct rlimit){3, before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
    assert_int_equal(bl_put_new(&put, scene->store, &order, &err), -1);
    assert_int_equal(err.step, BL_STEP_STORE_SHORT);
    assert_int_equal(bl_step_fault(err.step), BL_FAULT_BUSY);
    while (scene->readies == 0)
        assert_int_equal(bl_loop_run(scene->loop, &err), 0);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_true(scene->has_failed);
    assert_int_equal(scene->err.step, BL_STEP_STORE_SHORT);
    bl_pin_free(&unchecked);
    assert_true(bl_store_has(scene->store, &file)); /* nothing is lost */
    pin = store_scene_pin(scene, &file);
    store_scene_expect(pin, 'a', 10);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
    assert_int_equal(bl_pin_open(pin, &fd, &err), -1);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(err.step, BL_STEP_STORE_SHORT);
    store_scene_expect(pin, 'a', 10);
    bl_pin_free(&pin);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        store_test(faults__no_space_anywhere),       store_test(faults__no_quota_anywhere),
        store_test(faults__no_descriptors_anywhere), store_test(faults__a_disk_that_fails_anywhere),
        store_test(faults__no_memory_anywhere),      store_test(faults__beyond_the_file_size_limit),
        store_test(faults__no_descriptor_left),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
