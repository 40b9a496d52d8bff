#include "executor/job/haul.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/sendfile.h>

#include "bailiff/own.h"
#include "bailiff/units.h"
#include "executor/job/spool.h"

#define ROUND_BYTES (4 * BL_MIB) /* about a millisecond */

enum { ROUND_FILES = 64 }; /* their creation, too, takes its time */

struct load {
    const char *name;
    int fd;
    unsigned mode;
};

struct bl_haul {
    int folder;
    struct load *loads; /* owned */
    size_t count, room;
    size_t at; /* the one that is being carried */
    int to;    /* owned; its file, or -1 */
    off_t offset;
    struct bl_timer *round;
    bl_on_hauled *on_hauled;
    void *ctx;
};

/* Up to `most` bytes of the file at hand; *moved: how many, 0 at its end. */
static int carry(struct bl_haul *haul, size_t most, size_t *moved, struct bl_err *err)
{
    const struct load *load = &haul->loads[haul->at];
    ssize_t sent;

    *moved = 0;
    if (haul->to < 0) {
        haul->offset = 0;
        if (bl_spool_create(haul->folder, load->name, load->mode, &haul->to, err) != 0)
            return -1;
    }
    do
        sent = sendfile(haul->to, load->fd, &haul->offset, most);
    while (sent < 0 && errno == EINTR);
    if (sent < 0)
        return bl_fail(err, BL_STEP_SPOOL, errno, "%s", load->name);
    *moved = (size_t)sent;
    return 0;
}

static void tell(struct bl_haul *haul, const struct bl_err *err)
{
    bl_close_fd(&haul->to);
    haul->on_hauled(haul->ctx, err); /* may free it */
}

static void on_round(void *ctx)
{
    struct bl_haul *haul = ctx;
    size_t left = ROUND_BYTES, moved;
    struct bl_err err;

    for (size_t files = 0; haul->at < haul->count && left > 0 && files < ROUND_FILES;) {
        if (carry(haul, left, &moved, &err) != 0) {
            tell(haul, &err);
            return;
        }
        left -= moved;
        if (moved == 0) { /* end of file */
            bl_close_fd(&haul->to);
            haul->at++;
            files++;
        }
    }
    if (haul->at == haul->count)
        tell(haul, NULL);
    else
        bl_timer_arm(haul->round, 0);
}

int bl_haul_new(struct bl_haul **out, struct bl_loop *loop, int folder_fd, bl_on_hauled *on_hauled,
                void *ctx, struct bl_err *err)
{
    struct bl_haul *haul = calloc(1, sizeof(*haul));

    if (!haul)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "copying files");
    haul->folder = folder_fd;
    haul->to = -1;
    haul->on_hauled = on_hauled;
    haul->ctx = ctx;
    if (bl_timer_new(&haul->round, loop, on_round, haul, err) != 0) {
        bl_haul_free(&haul);
        return -1;
    }
    *out = haul;
    return 0;
}

int bl_haul_add(struct bl_haul *haul, const char *name, int fd, unsigned mode, struct bl_err *err)
{
    if (haul->count == haul->room) {
        size_t room = haul->room * 2 + 16;
        struct load *larger = reallocarray(haul->loads, room, sizeof(*larger));

        if (!larger)
            return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "copying files");
        haul->loads = larger;
        haul->room = room;
    }
    haul->loads[haul->count++] = (struct load){name, fd, mode};
    return 0;
}

void bl_haul_begin(struct bl_haul *haul)
{
    bl_timer_arm(haul->round, 0);
}

void bl_haul_free(struct bl_haul **haul)
{
    if (!*haul)
        return;
    bl_timer_free(&(*haul)->round);
    bl_close_fd(&(*haul)->to);
    free((*haul)->loads);
    free(*haul);
    *haul = NULL;
}
