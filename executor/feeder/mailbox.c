#include "executor/feeder/mailbox.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>

#include "bailiff/own.h"
#include "bailiff/units.h"

struct letter {
    natsMsg *message;
    struct letter *next;
};

struct bl_mailbox {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    struct letter *first, **last;
    size_t count, most;
    bool closed, nudged;
    int fd;
};

/* By the clock of bl_now_ns(). None of this fails on Linux. */
static void make_condition(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;

    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(condition, &attributes);
    (void)pthread_condattr_destroy(&attributes);
}

int bl_mailbox_new(struct bl_mailbox **out, size_t most, struct bl_err *err)
{
    struct bl_mailbox *box = calloc(1, sizeof(*box));

    if (!box)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "mailbox");
    box->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (box->fd < 0) {
        free(box);
        return bl_fail(err, BL_STEP_LOOP, errno, "eventfd");
    }
    (void)pthread_mutex_init(&box->lock, NULL); /* never fails on Linux */
    make_condition(&box->filled);
    box->last = &box->first;
    box->most = most;
    *out = box;
    return 0;
}

void bl_mailbox_free(struct bl_mailbox **box)
{
    if (!*box)
        return;
    (void)pthread_cond_destroy(&(*box)->filled);
    (void)pthread_mutex_destroy(&(*box)->lock);
    bl_close_fd(&(*box)->fd);
    free(*box);
    *box = NULL;
}

void bl_mailbox_empty(struct bl_mailbox *box)
{
    for (natsMsg *message; (message = bl_mailbox_take(box));)
        natsMsg_Destroy(message);
}

void bl_mailbox_ring(struct bl_mailbox *box)
{
    const uint64_t one = 1;

    (void)!write(box->fd, &one, sizeof(one)); /* fails only where it is readable already */
}

/* False: there is no room for it. */
static bool append(struct bl_mailbox *box, struct letter *letter, bool *was_empty)
{
    bool fits;

    (void)pthread_mutex_lock(&box->lock);
    fits = !box->closed && box->count < box->most;
    *was_empty = fits && box->count == 0;
    if (fits) {
        *box->last = letter;
        box->last = &letter->next;
        box->count++;
    }
    (void)pthread_mutex_unlock(&box->lock);
    return fits;
}

bool bl_mailbox_put(struct bl_mailbox *box, natsMsg *message)
{
    struct letter *letter = malloc(sizeof(*letter));
    bool was_empty = false;

    if (letter)
        *letter = (struct letter){.message = message};
    if (!letter || !append(box, letter, &was_empty)) {
        natsMsg_Destroy(message);
        free(letter);
    }
    return was_empty;
}

int bl_mailbox_fd(const struct bl_mailbox *box)
{
    return box->fd;
}

void bl_mailbox_quiet(struct bl_mailbox *box)
{
    uint64_t count;

    (void)!read(box->fd, &count, sizeof(count)); /* nothing in it: as it should be */
}

/* With the lock. */
static struct letter *detach(struct bl_mailbox *box)
{
    struct letter *letter = box->first;

    if (!letter)
        return NULL;
    box->first = letter->next;
    if (!box->first)
        box->last = &box->first;
    box->count--;
    return letter;
}

static natsMsg *open_letter(struct letter *letter)
{
    natsMsg *message = letter ? letter->message : NULL;

    free(letter);
    return message;
}

natsMsg *bl_mailbox_take(struct bl_mailbox *box)
{
    struct letter *letter;

    (void)pthread_mutex_lock(&box->lock);
    letter = detach(box);
    (void)pthread_mutex_unlock(&box->lock);
    return open_letter(letter);
}

/* With the lock. False: the time is over. */
static bool wait_filled(struct bl_mailbox *box, uint64_t until_ns)
{
    const struct timespec until = {.tv_sec = (time_t)(until_ns / BL_NS_PER_S),
                                   .tv_nsec = (long)(until_ns % BL_NS_PER_S)};

    if (until_ns == UINT64_MAX)
        return pthread_cond_wait(&box->filled, &box->lock) == 0;
    return pthread_cond_timedwait(&box->filled, &box->lock, &until) == 0;
}

bool bl_mailbox_wait(struct bl_mailbox *box, uint64_t until_ns, natsMsg **out)
{
    struct letter *letter;
    bool over;

    (void)pthread_mutex_lock(&box->lock);
    while (!(letter = detach(box)) && !box->closed && !box->nudged)
        if (!wait_filled(box, until_ns))
            break;
    over = !letter && box->closed;
    box->nudged = box->nudged && letter;
    (void)pthread_mutex_unlock(&box->lock);
    *out = open_letter(letter);
    return !over;
}

void bl_mailbox_nudge(struct bl_mailbox *box)
{
    (void)pthread_mutex_lock(&box->lock);
    box->nudged = true;
    (void)pthread_cond_broadcast(&box->filled);
    (void)pthread_mutex_unlock(&box->lock);
}

void bl_mailbox_close(struct bl_mailbox *box)
{
    (void)pthread_mutex_lock(&box->lock);
    box->closed = true;
    (void)pthread_cond_broadcast(&box->filled);
    (void)pthread_mutex_unlock(&box->lock);
}
