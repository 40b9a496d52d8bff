#include "executor/server/store_fetch.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/server/store_fetch_private.h"

static bool is_active(const struct bl_fetch *fetch)
{
    return fetch->state == BL_FETCH_WAITING || fetch->state == BL_FETCH_ORDERED;
}

/* The one setter of a fetch's state. */
static void enter_state(struct bl_fetch *fetch, enum bl_fetch_state state)
{
    bool was_active = is_active(fetch);

    fetch->state = state;
    if (is_active(fetch) && !was_active)
        fetch->fetcher->active++;
    if (!is_active(fetch) && was_active)
        fetch->fetcher->active--;
}

/* pin: taken; or err: copied. */
static void end(struct bl_fetch *fetch, struct bl_pin *pin, const struct bl_err *err)
{
    if (fetch->state == BL_FETCH_ORDERED && err)
        (void)bl_fetcher_order(fetch->fetcher, fetch, true); /* again, if it goes on sending */
    enter_state(fetch, BL_FETCH_ENDED);
    bl_put_free(&fetch->put);
    fetch->pin = pin;
    fetch->has_failed = err != NULL;
    if (err)
        fetch->err = *err;
    bl_loop_defer(fetch->fetcher->loop, &fetch->tell);
}

static void finish(struct bl_fetch *fetch)
{
    struct bl_pin *pin;
    struct bl_err err;

    if (bl_put_finish(fetch->put, &pin, &err) == 0)
        end(fetch, pin, NULL);
    else
        end(fetch, NULL, &err);
}

/* What its put says. */
static void go_on(struct bl_fetch *fetch)
{
    struct bl_err err;

    switch (bl_put_state(fetch->put)) {
    case BL_PUT_WAITING:
        enter_state(fetch, BL_FETCH_WAITING);
        break;
    case BL_PUT_OPEN:
        if (fetch->state == BL_FETCH_ORDERED)
            break;
        enter_state(fetch, BL_FETCH_ORDERED);
        if (bl_fetcher_order(fetch->fetcher, fetch, false))
            break;
        (void)bl_fail(&err, BL_STEP_FETCH_LATER, 0, "the fetcher takes no orders");
        end(fetch, NULL, &err);
        break;
    case BL_PUT_THERE:
        if (fetch->state == BL_FETCH_ORDERED)
            (void)bl_fetcher_order(fetch->fetcher, fetch, true); /* somebody else was faster */
        finish(fetch);
        break;
    case BL_PUT_FAILED:
        finish(fetch);
        break;
    }
}

static void on_put_change(void *ctx)
{
    struct bl_fetch *fetch = ctx;

    go_on(fetch);
    bl_fetches_go_on(fetch->fetcher);
}

static void begin(struct bl_fetch *fetch)
{
    const struct bl_put_order order = {&fetch->digest, BL_PUT_SIZE_UNKNOWN, on_put_change, fetch};
    struct bl_err err;

    if (bl_put_new(&fetch->put, fetch->store, &order, &err) == 0)
        go_on(fetch);
    else
        end(fetch, NULL, &err);
}

void bl_fetches_go_on(struct bl_fetcher *fetcher)
{
    if (!fetcher->is_up)
        return;
    for (struct bl_fetch *fetch = fetcher->first; fetch && fetcher->active < BL_FETCHES_ACTIVE;
         fetch = fetch->next) {
        if (fetch->state == BL_FETCH_QUEUED)
            begin(fetch);
    }
}

static struct bl_fetch *find(const struct bl_fetcher *fetcher, uint64_t id)
{
    for (struct bl_fetch *fetch = fetcher->first; fetch; fetch = fetch->next) {
        if (fetch->id == id && fetch->state == BL_FETCH_ORDERED)
            return fetch;
    }
    return NULL;
}

static void take_data(struct bl_fetch *fetch, const struct bl_fetch_news *news)
{
    struct bl_err err;

    if (bl_put_write(fetch->put, news->data, news->length, &err) != 0)
        end(fetch, NULL, &err);
}

/* The fetcher's words, as text that nobody can forge a line with. */
static void take_failure(struct bl_fetch *fetch, const struct bl_fetch_news *news)
{
    char text[BL_ERR_DETAIL_MAX];
    size_t length = news->length < sizeof(text) ? news->length : sizeof(text) - 1;
    struct bl_err err;

    for (size_t i = 0; i < length; i++)
        text[i] = (char)(news->data[i] >= ' ' && news->data[i] <= '~' ? news->data[i] : '?');
    text[length] = '\0';
    (void)bl_fail(&err, news->step == BL_STEP_FETCH ? BL_STEP_FETCH : BL_STEP_FETCH_LATER, 0, "%s",
                  text);
    end(fetch, NULL, &err);
}

void bl_fetch_take_news(struct bl_fetcher *fetcher, const struct bl_fetch_news *news)
{
    struct bl_fetch *fetch = find(fetcher, news->id);

    if (!fetch) {
        const struct bl_fetch unknown = {.id = news->id};

        if (news->kind == BL_FETCH_NEWS_DATA)
            (void)bl_fetcher_order(fetcher, &unknown, true); /* comes again if this is lost */
        return;
    }
    if (news->kind == BL_FETCH_NEWS_DATA)
        take_data(fetch, news);
    else if (news->kind == BL_FETCH_NEWS_END)
        finish(fetch);
    else
        take_failure(fetch, news);
    bl_fetches_go_on(fetcher);
}

void bl_fetches_fail(struct bl_fetcher *fetcher, bool all, const char *why)
{
    struct bl_err err;

    (void)bl_fail(&err, BL_STEP_FETCH_LATER, 0, "%s", why);
    for (struct bl_fetch *fetch = fetcher->first; fetch; fetch = fetch->next) {
        if (fetch->state == BL_FETCH_ORDERED || (all && fetch->state != BL_FETCH_ENDED))
            end(fetch, NULL, &err);
    }
}

/* The fetch is not touched afterwards: it may be freed in there. */
static void on_tell(void *ctx)
{
    struct bl_fetch *fetch = ctx;

    fetch->on_fetched(fetch->ctx, bl_take(&fetch->pin), fetch->has_failed ? &fetch->err : NULL);
}

static void link_fetch(struct bl_fetcher *fetcher, struct bl_fetch *fetch)
{
    fetch->before = fetcher->last;
    *(fetcher->last ? &fetcher->last->next : &fetcher->first) = fetch;
    fetcher->last = fetch;
    fetcher->count++;
}

/* Whether it may be, before anything is made. is_there: in the store already. */
static int check(const struct bl_fetcher *fetcher, bool is_there, const char *text,
                 struct bl_url *url, struct bl_err *err)
{
    const struct bl_fetcher_config *config = &fetcher->config;

    if (config->prefix_count == 0)
        return bl_fail(err, BL_STEP_FETCH, 0, "url: this worker is configured to fetch nothing");
    if (bl_url_parse(text, url, err) != 0)
        return -1;
    if (!bl_url_allowed_by(url, config->prefixes, config->prefix_count))
        return bl_fail(err, BL_STEP_FETCH, 0, "url: no allowed prefix begins so");
    if (fetcher->count >= BL_FETCHES_MAX)
        return bl_fail(err, BL_STEP_FETCH_LATER, 0, "%d fetches wait already", BL_FETCHES_MAX);
    if (fetcher->socket < 0 && !is_there)
        return bl_fail(err, BL_STEP_FETCH_LATER, 0, "the fetcher has ended");
    return 0;
}

int bl_fetch_new(struct bl_fetch **out, struct bl_fetcher *fetcher, struct bl_store *store,
                 const struct bl_digest *digest, const char *url, bl_on_fetched *on_fetched,
                 void *ctx, struct bl_err *err)
{
    bool is_there = bl_store_has(store, digest);
    struct bl_fetch *fetch;
    struct bl_url parsed;

    if (check(fetcher, is_there, url, &parsed, err) != 0)
        return -1;
    fetch = calloc(1, sizeof(*fetch));
    if (!fetch)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "a fetch");
    fetch->fetcher = fetcher;
    fetch->store = store;
    fetch->id = ++fetcher->ids;
    fetch->digest = *digest;
    fetch->url = parsed;
    fetch->on_fetched = on_fetched;
    fetch->ctx = ctx;
    fetch->tell = (struct bl_deferred){.work = on_tell, .ctx = fetch};
    link_fetch(fetcher, fetch);
    if (is_there)
        begin(fetch); /* waits for nobody's turn, though it may have to be hashed */
    else
        bl_fetches_go_on(fetcher);
    *out = fetch;
    return 0;
}

void bl_fetch_free(struct bl_fetch **fetch)
{
    struct bl_fetch *old = *fetch;
    struct bl_fetcher *fetcher;

    if (!old)
        return;
    *fetch = NULL;
    fetcher = old->fetcher;
    if (old->state == BL_FETCH_ORDERED)
        (void)bl_fetcher_order(fetcher, old, true); /* again, if it goes on sending */
    enter_state(old, BL_FETCH_ENDED);
    bl_loop_undefer(fetcher->loop, &old->tell);
    *(old->next ? &old->next->before : &fetcher->last) = old->before;
    *(old->before ? &old->before->next : &fetcher->first) = old->next;
    fetcher->count--;
    bl_put_free(&old->put);
    bl_pin_free(&old->pin);
    free(old);
    bl_fetches_go_on(fetcher);
}
