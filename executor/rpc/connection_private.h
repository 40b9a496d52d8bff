/* connection_private.h - what connection*.c and stream.c share, and nobody else. */
#ifndef BL_RPC_CONNECTION_PRIVATE_H
#define BL_RPC_CONNECTION_PRIVATE_H

#include "bailiff/units.h"
#include "executor/rpc/byte_queue.h"
#include "executor/rpc/connection.h"
#include "executor/rpc/stream.h"

/* How long a peer may take to take our last GOAWAY. */
#define LAST_WORD_NS BL_NS_PER_S
#define SEEN_NS (BL_NS_PER_S / 2) /* for a peer to answer that it has seen our GOAWAY */

struct bl_connection {
    nghttp2_session *session;
    struct bl_connection_limits limits;
    struct bl_connection_owner owner;
    struct bl_quota quota;
    struct bl_stream *streams; /* all that are open, the latest first */
    unsigned stream_count;
    const uint8_t *unsent; /* what nghttp2 gave last and the caller had no room for */
    size_t unsent_length;
    struct bl_rate resets, control;
    bool client;
    bool woken;    /* on_wake was called, or a callback of ours is on the stack */
    bool deaf;     /* broken beyond reading on: only the GOAWAY is still sent */
    bool at_fault; /* and the peer is why */
    bool clumsy;   /* has reset a stream that it never opened: a call cancelled early, with gRPC's C
                    core; that ends the connection as any error, and is no attack */
    bool gone;     /* the peer does not answer: nothing more is sent either */
    bool heard;    /* the peer has said something */
    bool greeted;  /* the peer's SETTINGS came */
    bool mute;     /* a clock struck for want of them, or of an answer */
    bool ended;    /* either side sent GOAWAY: no new streams */
    bool last_named; /* our GOAWAY said which stream was the last */
    uint64_t now_ns;
    uint64_t due_ns; /* no later than the earliest of all clocks */
    uint64_t born_ns, heard_ns, idle_ns /* since when no stream is open */, drain_ns /* began */;
    uint64_t deaf_ns;   /* when it became deaf */
    uint64_t pinged_ns; /* 0: no PING of ours is unanswered */
};

struct bl_stream {
    struct bl_connection *connection;
    struct bl_stream *next, *previous;
    int32_t id;
    const struct bl_stream_events *events; /* NULL: nobody listens */
    void *ctx;
    struct bl_headers headers, trailers; /* the peer's; ours, until they are sent */
    struct bl_byte_queue queue;
    uint64_t deadline_ns;
    bool waiting;    /* nghttp2 was told that there are no bytes now */
    bool full;       /* queued more than HIGH: on_writable is due below LOW */
    bool turn;       /* on_turn was asked for */
    bool asks_taken; /* on_writable is due when nothing is queued */
    bool finished;   /* nothing is queued any more */
    bool reset;
    bool blamed; /* the peer broke a rule on it, and that was counted */
};

/* Streams (stream.c). */
struct bl_stream *bl_stream_new(struct bl_connection *connection, int32_t id);
void bl_stream_close(struct bl_stream *stream, uint32_t http2_code); /* frees it */
ssize_t bl_stream_read_queue(nghttp2_session *session, int32_t id, uint8_t *out, size_t room,
                             uint32_t *flags, nghttp2_data_source *source, void *ctx);
void bl_stream_take_turn(struct bl_stream *stream);

/* What nghttp2 calls (connection_callbacks.c). NULL: no memory. */
nghttp2_session_callbacks *bl_connection_callbacks(void);

/* connection.c */
void bl_connection_wake(struct bl_connection *connection);
/* Ends it with a GOAWAY; nothing more is read. */
void bl_connection_terminate(struct bl_connection *connection, uint32_t http2_code);

/* Clocks (connection_clock.c). */
void bl_connection_due_by(struct bl_connection *connection, uint64_t at_ns);
void bl_connection_clock_start(struct bl_connection *connection);
void bl_connection_pong(struct bl_connection *connection);

#endif
