/* store_depot.c - see store_depot.h. */
#include "executor/server/store_depot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "executor/server/store_copy.h"
#include "executor/server/store_fetch.h"
#include "executor/server/store_pin.h"

/* What an errand holds until it is released. */
struct hold {
    struct bl_errand *errand;
    struct bl_pin *pin;
    struct bl_copy *copy;
    struct bl_fetch *fetch;
};

static void answer(struct hold *hold, const struct bl_err *err)
{
    struct bl_errand *errand = hold->errand;

    errand->on_answer(errand->ctx, errand, err); /* which may release the errand, and so the hold */
}

static void answer_file(struct hold *hold)
{
    struct bl_err err;

    if (bl_pin_open(hold->pin, &hold->errand->fd, &err))
        answer(hold, &err);
    else
        answer(hold, NULL);
}

static void on_ready(void *ctx, const struct bl_err *err)
{
    struct hold *hold = ctx;

    if (err)
        answer(hold, err);
    else
        answer_file(hold);
}

static void on_fetched(void *ctx, struct bl_pin *pin, const struct bl_err *err)
{
    struct hold *hold = ctx;

    hold->pin = pin;
    on_ready(hold, err);
}

static void get(struct bl_store_depot *depot, struct hold *hold)
{
    const struct bl_errand *errand = hold->errand;
    struct bl_digest digest;
    struct bl_err err;

    memcpy(digest.bytes, errand->sha256, sizeof(digest.bytes));
    hold->errand->fd = -1;
    if (errand->url && depot->fetcher) {
        if (bl_fetch_new(&hold->fetch, depot->fetcher, depot->store, &digest, errand->url,
                         on_fetched, hold, &err))
            answer(hold, &err);
        return;
    }
    if (bl_pin_new(&hold->pin, depot->store, &digest, on_ready, hold, &err))
        answer(hold, &err);
    else if (bl_pin_is_ready(hold->pin))
        answer_file(hold);
}

static void on_copied(void *ctx, struct bl_pin *pin, const struct bl_err *err)
{
    struct hold *hold = ctx;

    hold->pin = pin;
    if (pin)
        memcpy(hold->errand->sha256, bl_pin_digest(pin)->bytes, BL_SHA256_BYTES);
    answer(hold, err);
}

static void put(struct bl_store_depot *depot, struct hold *hold)
{
    const struct bl_copy_source source = {.fd = hold->errand->fd};
    struct bl_err err;

    if (bl_copy_new(&hold->copy, depot->store, &source, on_copied, hold, &err))
        answer(hold, &err);
}

static void send_errand(void *ctx, struct bl_errand *errand)
{
    struct hold *hold = calloc(1, sizeof(*hold));
    struct bl_err err;

    errand->work = hold;
    if (!hold) {
        bl_err_fill(&err, BL_STEP_MEMORY, ENOMEM, "an errand");
        errand->on_answer(errand->ctx, errand, &err);
        return;
    }
    hold->errand = errand;
    (errand->kind == BL_ERRAND_GET ? get : put)(ctx, hold);
}

static void release_errand(void *ctx, struct bl_errand *errand)
{
    struct hold *hold = errand->work;

    (void)ctx;
    errand->work = NULL;
    if (!hold)
        return;
    bl_fetch_free(&hold->fetch);
    bl_copy_free(&hold->copy);
    bl_pin_free(&hold->pin);
    free(hold);
}

struct bl_depot bl_store_depot(struct bl_store_depot *depot)
{
    return (struct bl_depot){.send = send_errand, .release = release_errand, .ctx = depot};
}
