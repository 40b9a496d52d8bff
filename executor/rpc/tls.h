/* tls.h - TLS for one connection as bytes in and bytes out (OpenSSL on memory BIOs).
 *
 * TLS 1.2 or later, HTTP/2 by ALPN or nothing, no compression, no renegotiation, no session tickets
 * and no session cache: a worker keeps nothing of a connection that has ended. */
#ifndef BL_RPC_TLS_H
#define BL_RPC_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bailiff/err.h"

struct bl_tls; /* certificates and rules, for many sessions */
struct bl_tls_session;

/* Paths of PEM files; read once. */
struct bl_tls_files {
    const char *certificate; /* with its chain; client: NULL for none */
    const char *key;
    /* Server: whose signature clients must show (mutual TLS), NULL: none asked for. Client: whose
     * the server must show, NULL: the system's. */
    const char *authority;
};

/* bl_tls_new - fails with TLS, in words that name the file, MEMORY. */
int bl_tls_new(struct bl_tls **out, bool client, const struct bl_tls_files *files,
               struct bl_err *err);
void bl_tls_free(struct bl_tls **tls); /* sessions may outlive it */

/* bl_tls_session_new - server_name: client: what the certificate must be for (a name or an
 * address). Fails with MEMORY, TLS (a name that is none). */
int bl_tls_session_new(struct bl_tls_session **out, struct bl_tls *tls, const char *server_name,
                       struct bl_err *err);
void bl_tls_session_free(struct bl_tls_session **session);

/* bl_tls_session_receive - what came from the peer. False: no memory. */
bool bl_tls_session_receive(struct bl_tls_session *session, const uint8_t *bytes, size_t length);

/* bl_tls_session_read - what that says, decrypted: how many bytes; 0: nothing more now; -1: the
 * peer said good-bye, or broke the rules. Drives the handshake. */
ssize_t bl_tls_session_read(struct bl_tls_session *session, uint8_t *out, size_t room);

/* bl_tls_session_is_ready - the handshake is done, and HTTP/2 agreed. */
bool bl_tls_session_is_ready(const struct bl_tls_session *session);

/* bl_tls_session_why - in words that don't change, why it is broken: what is wrong with the peer's
 * certificate, what it said of ours, or OpenSSL's word for the rule that it broke. NULL: it said
 * good-bye, or nothing is wrong. */
const char *bl_tls_session_why(const struct bl_tls_session *session);

/* bl_tls_session_write - encrypts, for bl_tls_session_send(). Only when ready. False: broken. */
bool bl_tls_session_write(struct bl_tls_session *session, const uint8_t *bytes, size_t length);

/* bl_tls_session_send - what goes to the peer; returns how many bytes, 0: nothing now. */
size_t bl_tls_session_send(struct bl_tls_session *session, uint8_t *out, size_t room);

/* bl_tls_session_close - a good-bye for the peer, behind what was written. */
void bl_tls_session_close(struct bl_tls_session *session);

/* bl_tls_session_subject - of the peer's verified certificate ("CN=feeder,O=judge", RFC 2253), cut
 * to size; "" where it showed none. */
void bl_tls_session_subject(const struct bl_tls_session *session, char *subject, size_t size);

#endif
