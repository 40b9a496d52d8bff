#include "executor/job/prefetch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
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
    ASK_BYTES = 128 * 1024,        /* in one call: more is cut to the device's read-ahead */
    PIECE_BYTES = 8 * ASK_BYTES,   /* in one round: a quarter of a millisecond */
    CACHED_PIECES_IN_A_ROUND = 64, /* those cost half a microsecond each */
};

struct file {
    int fd;
    uint64_t at, end;
};

struct bl_prefetch {
    struct bl_timer *again;
    size_t count, current;
    uint64_t left; /* of BL_PREFETCH_MAX */
    struct file files[FILES_MAX];
};

/* include/uapi/linux/mman.h, for systems whose headers are older than the running kernel. */
struct cache_range {
    uint64_t offset, length;
};
struct cache_state {
    uint64_t cached, dirty, writeback, evicted, recently_evicted; /* pages */
};

static bool is_cached(int fd, uint64_t offset, uint64_t length)
{
    struct cache_range range = {offset, length};
    struct cache_state state = {0};
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

    if (syscall(SYS_cachestat, fd, &range, &state, 0) != 0)
        return false; /* asking for what is there already costs little */
    return state.cached >= (length + page - 1) / page;
}

/* True: that cost something, enough for one round. */
static bool ask_for(struct file *file, uint64_t length)
{
    if (is_cached(file->fd, file->at, length))
        return false;
    for (uint64_t done = 0; done < length; done += ASK_BYTES)
        if (readahead(file->fd, (off64_t)(file->at + done), ASK_BYTES) != 0) {
            file->end = 0; /* O_PATH, or a file system that has no such thing */
            return false;
        }
    return true;
}

static uint64_t next_piece(const struct file *file)
{
    uint64_t left = file->end - file->at;

    return left < PIECE_BYTES ? left : PIECE_BYTES;
}

static void on_again(void *ctx)
{
    struct bl_prefetch *prefetch = ctx;
    bool asked = false;

    for (unsigned pieces = 0; pieces < CACHED_PIECES_IN_A_ROUND && !asked; pieces++) {
        struct file *file = &prefetch->files[prefetch->current];
        uint64_t length;

        if (prefetch->current == prefetch->count || prefetch->left < PIECE_BYTES)
            return;
        length = next_piece(file);
        asked = ask_for(file, length);
        prefetch->left -= length;
        file->at += length;
        if (file->at >= file->end) {
            bl_close_fd(&file->fd);
            prefetch->current++;
        }
    }
    bl_timer_arm(prefetch->again, bl_now_ns());
}

int bl_prefetch_new(struct bl_prefetch **out, struct bl_loop *loop, struct bl_err *err)
{
    struct bl_prefetch *prefetch = malloc(sizeof(*prefetch));

    if (!prefetch)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "prefetch");
    prefetch->count = prefetch->current = 0;
    prefetch->left = BL_PREFETCH_MAX;
    if (bl_timer_new(&prefetch->again, loop, on_again, prefetch, err) != 0) {
        free(prefetch);
        return -1;
    }
    *out = prefetch;
    return 0;
}

void bl_prefetch_add(struct bl_prefetch *prefetch, int fd)
{
    struct stat st;

    if (prefetch->count == FILES_MAX || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) ||
        st.st_size == 0)
        return;
    fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (fd >= 0)
        prefetch->files[prefetch->count++] = (struct file){.fd = fd, .end = (uint64_t)st.st_size};
}

void bl_prefetch_begin(struct bl_prefetch *prefetch)
{
    on_again(prefetch);
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
