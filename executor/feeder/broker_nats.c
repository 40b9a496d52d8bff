/* broker_nats.c - NATS JetStream behind broker.h: the threads.
 *
 *   loop ── outbox (locked list) ──▶ our thread ──▶ libnats ──▶ server
 *        ◀── inbox (locked list, eventfd) ── libnats's threads ◀──
 *
 * libnats holds its connection's lock while it connects again, up to two seconds for each server
 * that hangs, and whoever sends meanwhile waits for it; with its libevent adapter it may even wait
 * for ever (nats.c before 3.10). So the loop never calls it. What is sent while there is no
 * connection is dropped: libnats would keep it, and pulls that are sent late take jobs that nobody
 * waits for.
 *
 * A connection that is lost libnats makes again, also to servers that it has learnt of. After some
 * tries, or where a server refuses us, it gives up: then our thread makes a new one for as long as
 * it takes, and says why it can't. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "bailiff/units.h"
#include "executor/base/log.h"
#include "executor/feeder/broker_nats_private.h"
#include "executor/feeder/outbox.h"
#include "executor/feeder/spent.h"

enum { OUTBOX_MAX = 1 << 16, INBOX_MAX = 1 << 16, FLUSH_MS = 1000, CLOSE_MS = 5000, BATCH = 256 };
enum { RECONNECTS = 5, WHY_MAX = 256 }; /* of each server */

#define CONNECT_AGAIN_NS (BL_NS_PER_S / 2)

struct bl_broker {
    struct bl_broker_handlers handlers;
    struct bl_mailbox *sending, *inbox;
    struct bl_outbox *outbox; /* of what is put into `sending` */
    struct bl_watch *watch;
    struct bl_spent heard;
    char name[BL_NATS_INBOX_MAX]; /* of the inbox */
    natsOptions *options;
    pthread_t thread;
    bool has_thread;
    atomic_bool reached;
    atomic_llong bytes_max;
    bool told_reached;
    /* Whose losses count: callbacks of one that we have left may come late. */
    _Atomic(natsConnection *) current;
    /* The thread's. */
    natsConnection *connection; /* NULL: none is there, or being made again */
    natsSubscription *answers, *cancels;
    struct bl_spent sent;
    char why[WHY_MAX]; /* there is none, as was told last */
};

/* ---- libnats's threads ------------------------------------------------------------------------
 */

static void on_message(natsConnection *connection, natsSubscription *subscription, natsMsg *message,
                       void *ctx)
{
    struct bl_broker *broker = ctx;

    (void)connection, (void)subscription;
    if (bl_mailbox_put(broker->inbox, message))
        bl_mailbox_ring(broker->inbox);
}

static void note_reach(struct bl_broker *broker, natsConnection *connection, bool reached)
{
    if (reached)
        atomic_store(&broker->bytes_max, natsConnection_GetMaxPayload(connection));
    atomic_store(&broker->reached, reached);
    bl_mailbox_ring(broker->inbox);
}

static void on_disconnected(natsConnection *connection, void *ctx)
{
    struct bl_broker *broker = ctx;

    if (connection == atomic_load(&broker->current))
        note_reach(broker, connection, false);
}

static void on_reconnected(natsConnection *connection, void *ctx)
{
    note_reach(ctx, connection, true);
}

static void on_closed(natsConnection *connection, void *ctx)
{
    struct bl_broker *broker = ctx;

    (void)connection;
    bl_mailbox_nudge(broker->sending);
}

static void on_error(natsConnection *connection, natsSubscription *subscription, natsStatus status,
                     void *ctx)
{
    (void)connection, (void)subscription, (void)ctx;
    bl_log(BL_LOG_WARNING, "the broker's client has a complaint",
           bl_log_text("status", natsStatus_GetText(status)));
}

/* ---- our thread -------------------------------------------------------------------------------
 */

static bool subscribe(struct bl_broker *broker)
{
    char subject[BL_NATS_INBOX_MAX + 4];

    (void)snprintf(subject, sizeof(subject), "%s.>", broker->name);
    if (natsConnection_Subscribe(&broker->answers, broker->connection, subject, on_message,
                                 broker) != NATS_OK ||
        natsConnection_Subscribe(&broker->cancels, broker->connection, "cancel.*.*", on_message,
                                 broker) != NATS_OK)
        return false;
    /* They only hand over: nothing piles up there. */
    (void)natsSubscription_SetPendingLimits(broker->answers, -1, -1);
    (void)natsSubscription_SetPendingLimits(broker->cancels, -1, -1);
    return true;
}

static void disconnect(struct bl_broker *broker)
{
    atomic_store(&broker->current, NULL);
    natsSubscription_Destroy(broker->answers);
    natsSubscription_Destroy(broker->cancels);
    natsConnection_Destroy(broker->connection);
    broker->answers = broker->cancels = NULL;
    broker->connection = NULL;
}

/* Each reason once, for it is met twice a second. */
static void complain(struct bl_broker *broker, natsStatus status)
{
    const char *text = nats_GetLastError(NULL);
    char why[WHY_MAX];

    (void)snprintf(why, sizeof(why), "%s: %s", natsStatus_GetText(status), text ? text : "");
    if (strcmp(why, broker->why) == 0)
        return;
    memcpy(broker->why, why, sizeof(why));
    bl_log(BL_LOG_ERROR, "the broker can't be reached; trying again", bl_log_text("why", why));
}

static void connect_broker(struct bl_broker *broker)
{
    natsStatus status;

    disconnect(broker);
    status = natsConnection_Connect(&broker->connection, broker->options);
    if (status == NATS_OK && !subscribe(broker))
        status = NATS_ERR;
    if (status == NATS_OK) {
        broker->why[0] = '\0';
        atomic_store(&broker->current, broker->connection);
        note_reach(broker, broker->connection, true);
        return;
    }
    complain(broker, status);
    disconnect(broker);
}

static void send_message(struct bl_broker *broker, natsMsg *message)
{
    natsStatus status = NATS_OK;

    if (broker->connection &&
        natsConnection_Status(broker->connection) == NATS_CONN_STATUS_CONNECTED)
        status = natsConnection_PublishMsg(broker->connection, message);
    if (status != NATS_OK)
        bl_log(BL_LOG_WARNING, "a message to the broker is lost",
               bl_log_text("status", natsStatus_GetText(status)));
    bl_spent_add(&broker->sent, message);
}

static bool has_connection(const struct bl_broker *broker)
{
    return broker->connection && !natsConnection_IsClosed(broker->connection);
}

static void *send_all(void *ctx)
{
    struct bl_broker *broker = ctx;
    uint64_t connect_ns = 0; /* when it is tried next */
    natsMsg *message;

    do {
        if (!has_connection(broker) && bl_now_ns() >= connect_ns) {
            connect_broker(broker);
            connect_ns = bl_now_ns() + CONNECT_AGAIN_NS;
        }
        if (!bl_mailbox_wait(broker->sending, has_connection(broker) ? UINT64_MAX : connect_ns,
                             &message))
            break;
        if (message)
            send_message(broker, message);
    } while (true);
    if (broker->connection)
        (void)natsConnection_FlushTimeout(broker->connection, FLUSH_MS); /* what can be, is */
    return NULL;
}

/* ---- the loop ---------------------------------------------------------------------------------
 */

static void tell_reach(struct bl_broker *broker)
{
    bool reached = atomic_load(&broker->reached);

    if (reached == broker->told_reached)
        return;
    broker->told_reached = reached;
    broker->handlers.on_reach(broker->handlers.ctx, reached);
}

/* Some at a time: the worker's answers must get their turn, too. */
static void hear_some(void *ctx)
{
    struct bl_broker *broker = ctx;
    natsMsg *message = NULL;

    tell_reach(broker);
    for (int i = 0; i < BATCH && (message = bl_mailbox_take(broker->inbox)); i++) {
        bl_nats_hear(broker->name, message, &broker->handlers);
        bl_spent_add(&broker->heard, message);
    }
    if (message)
        bl_mailbox_ring(broker->inbox);
}

static void on_inbox(void *ctx, short what)
{
    struct bl_broker *broker = ctx;

    (void)what;
    bl_mailbox_quiet(broker->inbox);
    hear_some(broker);
}

static int set_handlers(struct bl_broker *broker, struct bl_err *err)
{
    if (natsOptions_SetDisconnectedCB(broker->options, on_disconnected, broker) == NATS_OK &&
        natsOptions_SetReconnectedCB(broker->options, on_reconnected, broker) == NATS_OK &&
        natsOptions_SetErrorHandler(broker->options, on_error, broker) == NATS_OK &&
        natsOptions_SetClosedCB(broker->options, on_closed, broker) == NATS_OK &&
        natsOptions_SetMaxReconnect(broker->options, RECONNECTS) == NATS_OK)
        return 0;
    return bl_fail(err, BL_STEP_BROKER, 0, "options");
}

static int name_inbox(struct bl_broker *broker, struct bl_err *err)
{
    natsInbox *name = NULL;
    bool fits;

    if (natsInbox_Create(&name) != NATS_OK)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "inbox");
    fits = strlen(name) < sizeof(broker->name);
    if (fits)
        strcpy(broker->name, name);
    natsInbox_Destroy(name);
    return fits ? 0 : bl_fail(err, BL_STEP_BROKER, 0, "the inbox's name is too long");
}

/* Signals are the loop's affair: none may be delivered to this thread or those of libnats. */
static int start_thread(struct bl_broker *broker, struct bl_err *err)
{
    sigset_t all, before;
    int status;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    status = pthread_create(&broker->thread, NULL, send_all, broker);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    broker->has_thread = status == 0;
    return status == 0 ? 0 : bl_fail(err, BL_STEP_LOOP, status, "thread");
}

int bl_broker_nats_new(struct bl_broker **out, struct bl_loop *loop,
                       const struct bl_queue_access *access,
                       const struct bl_broker_handlers *handlers, struct bl_err *err)
{
    struct bl_broker *broker = calloc(1, sizeof(*broker));

    if (!broker)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "broker");
    broker->handlers = *handlers;
    if (bl_mailbox_new(&broker->sending, OUTBOX_MAX, err) < 0 ||
        bl_mailbox_new(&broker->inbox, INBOX_MAX, err) < 0 ||
        bl_watch_new(&broker->watch, loop, bl_mailbox_fd(broker->inbox), on_inbox, broker, err) <
            0 ||
        bl_watch_want(broker->watch, EV_READ, err) < 0 ||
        bl_outbox_new(&broker->outbox, loop, broker->sending, err) < 0 ||
        bl_queue_options(&broker->options, access, err) < 0 || name_inbox(broker, err) < 0 ||
        set_handlers(broker, err) < 0 || start_thread(broker, err) < 0) {
        bl_broker_free(&broker);
        return -1;
    }
    *out = broker;
    return 0;
}

/* Its messages are the library's memory: they go before it. Its threads may put some more until
 * they have ended. */
static void close_library(struct bl_broker *broker)
{
    bl_mailbox_close(broker->sending);
    (void)pthread_join(broker->thread, NULL);
    disconnect(broker);
    bl_mailbox_close(broker->inbox);
    bl_mailbox_empty(broker->inbox);
    bl_mailbox_empty(broker->sending);
    bl_spent_empty(&broker->heard);
    bl_spent_empty(&broker->sent);
}

void bl_broker_free(struct bl_broker **out)
{
    struct bl_broker *broker = *out;

    if (!broker)
        return;
    bl_outbox_free(&broker->outbox);
    if (broker->has_thread)
        close_library(broker);
    natsOptions_Destroy(broker->options);
    if (broker->has_thread)
        (void)nats_CloseAndWait(CLOSE_MS); /* threads that are stuck even then end with us */
    if (broker->watch)
        bl_watch_free(&broker->watch);
    bl_mailbox_free(&broker->inbox);
    bl_mailbox_free(&broker->sending);
    free(broker);
    *out = NULL;
}

void bl_broker_send(struct bl_broker *broker, const struct bl_broker_request *request)
{
    natsMsg *message = bl_nats_ask(broker->name, request, bl_broker_bytes_max(broker));

    if (message && request->op == BL_BROKER_ACK)
        bl_outbox_put_idle(broker->outbox, message);
    else if (message)
        bl_outbox_put(broker->outbox, message);
}

size_t bl_broker_bytes_max(const struct bl_broker *broker)
{
    long long bytes = atomic_load(&broker->bytes_max);

    return bytes > 0 ? (size_t)bytes : 0;
}
