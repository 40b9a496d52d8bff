#include "executor/server/store_work.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/uio.h>

#include "bailiff/own.h"

enum {
    COLD_MAX = 200,                /* times BL_WORK_COLD_NS */
    AHEAD_BYTES = 2 * 1024 * 1024, /* asked of the disk before it is needed */
    ASK_BYTES = 128 * 1024,        /* in one call: more is cut to the device's read-ahead */
};

/* The next one whose turn it is, among the first BL_WORKS_ACTIVE. */
static struct bl_work *take_turn(struct bl_works *works)
{
    struct bl_work *work = works->next ? works->next : works->first, *at = works->first;

    for (unsigned place = 0; at && at != work; place++) {
        if (place == BL_WORKS_ACTIVE - 1) {
            work = works->first;
            break;
        }
        at = at->next;
    }
    works->next = work ? work->next : NULL;
    return work;
}

static unsigned count_active(const struct bl_works *works)
{
    unsigned count = 0;

    for (const struct bl_work *work = works->first; work && count < BL_WORKS_ACTIVE;
         work = work->next)
        count++;
    return count;
}

static void on_turn(void *ctx)
{
    struct bl_works *works = ctx;
    uint64_t until_ns = bl_now_ns() + BL_WORK_TURN_NS, now_ns;
    unsigned cold = 0; /* in a row */

    do {
        struct bl_work *work = take_turn(works);

        if (!work)
            return;
        cold = work->slice(work) == BL_WORK_COLD ? cold + 1 : 0;
        now_ns = bl_now_ns();
        if (cold > 0 && cold >= count_active(works)) {
            bl_timer_arm(works->timer, now_ns + BL_WORK_COLD_NS);
            return;
        }
    } while (now_ns < until_ns);
    if (works->first)
        bl_timer_arm(works->timer, now_ns + BL_WORK_REST_NS);
}

int bl_works_init(struct bl_works *works, struct bl_loop *loop, struct bl_err *err)
{
    *works = (struct bl_works){0};
    works->buffer = malloc(BL_SLICE_BYTES);
    if (!works->buffer)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "the store's buffer");
    if (bl_timer_new(&works->timer, loop, on_turn, works, err) == 0)
        return 0;
    bl_works_release(works);
    return -1;
}

void bl_works_release(struct bl_works *works)
{
    assert(!works->first);
    bl_timer_free(&works->timer);
    bl_free_ptr(&works->buffer);
}

void bl_work_add(struct bl_works *works, struct bl_work *work)
{
    if (!works->first)
        bl_timer_arm(works->timer, bl_now_ns());
    work->next = NULL;
    work->before = works->last;
    *(works->last ? &works->last->next : &works->first) = work;
    works->last = work;
}

void bl_work_remove(struct bl_works *works, struct bl_work *work)
{
    if (works->next == work)
        works->next = work->next;
    *(work->next ? &work->next->before : &works->last) = work->before;
    *(work->before ? &work->before->next : &works->first) = work->next;
}

static void ask_ahead(struct bl_slow_file *file)
{
    if (file->asked < file->at)
        file->asked = file->at;
    while (file->asked < file->at + AHEAD_BYTES) {
        if (readahead(file->fd, (off64_t)file->asked, ASK_BYTES) != 0)
            break; /* a file system that has no such thing */
        file->asked += ASK_BYTES;
    }
}

ssize_t bl_slow_read(struct bl_slow_file *file, void *bytes, size_t room)
{
    struct iovec into = {bytes, room};
    bool is_to_wait = file->cold >= COLD_MAX;
    ssize_t got;

    if (file->at + AHEAD_BYTES / 2 >= file->asked)
        ask_ahead(file);
    got = preadv2(file->fd, &into, 1, (off_t)file->at, is_to_wait ? 0 : RWF_NOWAIT);
    if (got < 0 && errno == EOPNOTSUPP) /* tmpfs, for one, which is never cold */
        got = pread(file->fd, bytes, room, (off_t)file->at);
    if (got < 0 && errno == EINTR)
        errno = EAGAIN;
    if (got >= 0) {
        file->at += (uint64_t)got;
        file->cold = 0;
    } else if (errno == EAGAIN) {
        file->cold++;
    }
    return got;
}
