#include "executor/job/prefetch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "bailiff/spec.h"

#ifndef SYS_cachestat
#define SYS_cachestat 451 /* kernel 6.5; the same number everywhere */
#endif

enum {
    FILES_MAX = BL_INPUTS_MAX + 1,
    ASK_BYTES = 128 * 1024, /* in one call: more is cut to the device's read-ahead */
    ROUND_NS = 1000 * 1000, /* at most, then the loop's other work */
};

struct file {
    int fd; /* owned; -1 when all of it was asked for */
    uint64_t at, end;
    bool again; /* for what the kernel had no memory for, or has dropped meanwhile */
};

struct bl_prefetch {
    struct bl_timer *again;
    bl_on_prefetched on_done;
    void *ctx;
    uint64_t give_up_ns;
    uint64_t bytes_left; /* of BL_PREFETCH_MAX */
    size_t count, current;
    struct file files[FILES_MAX];
};

/* include/uapi/linux/mman.h, for systems whose headers are older than the running kernel. */
struct cache_range {
    uint64_t offset, length;
};
struct cache_state {
    uint64_t cached, dirty, writeback, evicted, recently_evicted; /* pages */
};

static bool is_cached(int fd, uint64_t length)
{
    struct cache_range range = {0, length};
    struct cache_state state = {0};
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

    if (syscall(SYS_cachestat, fd, &range, &state, 0) != 0)
        return false; /* an older kernel: asking for what is there already costs little */
    return state.cached >= (length + page - 1) / page;
}

static void leave_file(struct bl_prefetch *prefetch)
{
    bl_close_fd(&prefetch->files[prefetch->current].fd);
    prefetch->current++;
}

static bool is_done(const struct bl_prefetch *prefetch)
{
    return prefetch->current == prefetch->count || prefetch->bytes_left < ASK_BYTES ||
           bl_now_ns() > prefetch->give_up_ns;
}

/* The whole file is looked at first, when its turn comes: mostly it is there. And after it was
 * asked for: beside busy processes some of a gigabyte was missing then. */
static void ask_for_more(struct bl_prefetch *prefetch)
{
    struct file *file = &prefetch->files[prefetch->current];

    if ((file->at == 0 && is_cached(file->fd, file->end)) ||
        readahead(file->fd, (off64_t)file->at, ASK_BYTES) != 0) {
        leave_file(prefetch); /* readahead: O_PATH, or a file system that has no such thing */
        return;
    }
    file->at += ASK_BYTES;
    if (!file->again)
        prefetch->bytes_left -= ASK_BYTES;
    if (file->at < file->end)
        return;
    if (file->again) {
        leave_file(prefetch);
        return;
    }
    file->again = true;
    file->at = 0;
}

/* One round; true at the end. */
static bool advance(struct bl_prefetch *prefetch)
{
    uint64_t until_ns = bl_now_ns() + ROUND_NS;

    while (!is_done(prefetch)) {
        ask_for_more(prefetch);
        if (bl_now_ns() > until_ns)
            return is_done(prefetch);
    }
    return true;
}

static void on_again(void *ctx)
{
    struct bl_prefetch *prefetch = ctx;

    if (advance(prefetch))
        prefetch->on_done(prefetch->ctx);
    else
        bl_timer_arm(prefetch->again, bl_now_ns());
}

int bl_prefetch_new(struct bl_prefetch **out, struct bl_loop *loop, bl_on_prefetched on_done,
                    void *ctx, struct bl_err *err)
{
    struct bl_prefetch *prefetch = calloc(1, sizeof(*prefetch));

    if (!prefetch)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "prefetch");
    prefetch->on_done = on_done;
    prefetch->ctx = ctx;
    prefetch->bytes_left = BL_PREFETCH_MAX;
    if (bl_timer_new(&prefetch->again, loop, on_again, prefetch, err) != 0) {
        free(prefetch);
        return -1;
    }
    *out = prefetch;
    return 0;
}

void bl_prefetch_add(struct bl_prefetch *prefetch, int fd)
{
    struct stat is;

    if (prefetch->count == FILES_MAX || fstat(fd, &is) != 0 || !S_ISREG(is.st_mode) ||
        is.st_size == 0)
        return;
    fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (fd >= 0)
        prefetch->files[prefetch->count++] = (struct file){.fd = fd, .end = (uint64_t)is.st_size};
}

bool bl_prefetch_begin(struct bl_prefetch *prefetch)
{
    prefetch->give_up_ns = bl_now_ns() + BL_PREFETCH_MAX_NS;
    if (advance(prefetch))
        return true;
    bl_timer_arm(prefetch->again, bl_now_ns());
    return false;
}

void bl_prefetch_free(struct bl_prefetch **prefetch)
{
    if (!*prefetch)
        return;
    for (size_t i = 0; i < (*prefetch)->count; i++)
        bl_close_fd(&(*prefetch)->files[i].fd);
    bl_timer_free(&(*prefetch)->again);
    free(*prefetch);
    *prefetch = NULL;
}
