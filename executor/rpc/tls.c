#include "executor/rpc/tls.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

struct bl_tls {
    SSL_CTX *context;
    bool client;
};

struct bl_tls_session {
    SSL *ssl; /* owns both BIOs */
    BIO *from_peer, *to_peer;
    bool broken;
    const char *why; /* static; NULL: none */
};

static const unsigned char only_http2[] = {2, 'h', '2'};

/* The reason of the first OpenSSL error that waits, in words; forgets them all. */
static int fail(struct bl_err *err, const char *what)
{
    const char *reason = ERR_reason_error_string(ERR_peek_error());
    int status = bl_fail(err, BL_STEP_TLS, 0, "%s: %s", what, reason ? reason : "refused");

    ERR_clear_error();
    return status;
}

static int choose_http2(SSL *ssl, const unsigned char **out, unsigned char *out_length,
                        const unsigned char *offered, unsigned length, void *ctx)
{
    unsigned char *chosen;

    (void)ssl, (void)ctx;
    if (SSL_select_next_proto(&chosen, out_length, only_http2, sizeof(only_http2), offered,
                              length) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

/* Of a file that OpenSSL was to read, errno 0 before: what the system said of it, if it did, for a
 * file that can't be read now is not a wrong one. */
static int fail_file(struct bl_err *err, const char *path)
{
    const unsigned long first = ERR_peek_error();
    const int sys_errno = ERR_SYSTEM_ERROR(first) ? ERR_GET_REASON(first) : errno;
    const int status = fail(err, path);

    err->sys_errno = sys_errno;
    return status;
}

static int load(SSL_CTX *context, const struct bl_tls_files *files, struct bl_err *err)
{
    errno = 0;
    if (files->certificate && SSL_CTX_use_certificate_chain_file(context, files->certificate) != 1)
        return fail_file(err, files->certificate);
    if (files->key && SSL_CTX_use_PrivateKey_file(context, files->key, SSL_FILETYPE_PEM) != 1)
        return fail_file(err, files->key);
    if (files->certificate && SSL_CTX_check_private_key(context) != 1)
        return fail(err, files->key ? files->key : "no private key");
    if (files->authority && SSL_CTX_load_verify_file(context, files->authority) != 1)
        return fail_file(err, files->authority);
    return 0;
}

/* What a server names to clients, so that they choose a certificate that will do. */
static int name_authority(SSL_CTX *context, const char *authority, struct bl_err *err)
{
    STACK_OF(X509_NAME) *names = NULL;

    errno = 0;
    names = SSL_load_client_CA_file(authority);
    if (!names)
        return fail_file(err, authority);
    SSL_CTX_set_client_CA_list(context, names); /* takes */
    return 0;
}

static int set_up_server(SSL_CTX *context, const struct bl_tls_files *files, struct bl_err *err)
{
    if (!files->certificate || !files->key)
        return bl_fail(err, BL_STEP_TLS, 0, "a server needs a certificate and its key");
    SSL_CTX_set_alpn_select_cb(context, choose_http2, NULL);
    if (!files->authority)
        return 0;
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    return name_authority(context, files->authority, err);
}

static int set_up_client(SSL_CTX *context, const struct bl_tls_files *files, struct bl_err *err)
{
    if (!files->authority && SSL_CTX_set_default_verify_paths(context) != 1)
        return fail(err, "the system's certificates");
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    if (SSL_CTX_set_alpn_protos(context, only_http2, sizeof(only_http2)) != 0)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "ALPN");
    return 0;
}

int bl_tls_new(struct bl_tls **out, bool client, const struct bl_tls_files *files,
               struct bl_err *err)
{
    struct bl_tls *tls = calloc(1, sizeof(*tls));

    if (tls)
        tls->context = SSL_CTX_new(client ? TLS_client_method() : TLS_server_method());
    if (!tls || !tls->context) {
        free(tls);
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "TLS");
    }
    tls->client = client;
    (void)SSL_CTX_set_options(tls->context,
                              SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET);
    (void)SSL_CTX_set_num_tickets(tls->context, 0); /* TLS 1.3 has its own */
    (void)SSL_CTX_set_session_cache_mode(tls->context, SSL_SESS_CACHE_OFF);
    (void)SSL_CTX_set_mode(tls->context, SSL_MODE_RELEASE_BUFFERS);
    (void)SSL_CTX_set_min_proto_version(tls->context, TLS1_2_VERSION);
    if (load(tls->context, files, err) != 0 ||
        (client ? set_up_client : set_up_server)(tls->context, files, err) != 0) {
        bl_tls_free(&tls);
        return -1;
    }
    *out = tls;
    return 0;
}

void bl_tls_free(struct bl_tls **tls)
{
    if (!*tls)
        return;
    SSL_CTX_free((*tls)->context); /* counted: sessions have their own */
    free(*tls);
    *tls = NULL;
}

static bool expect(SSL *ssl, const char *server_name)
{
    X509_VERIFY_PARAM *param = SSL_get0_param(ssl);

    if (X509_VERIFY_PARAM_set1_ip_asc(param, server_name) == 1)
        return true;
    return SSL_set_tlsext_host_name(ssl, server_name) == 1 && SSL_set1_host(ssl, server_name) == 1;
}

int bl_tls_session_new(struct bl_tls_session **out, struct bl_tls *tls, const char *server_name,
                       struct bl_err *err)
{
    struct bl_tls_session *session = calloc(1, sizeof(*session));
    BIO *from_peer = BIO_new(BIO_s_mem()), *to_peer = BIO_new(BIO_s_mem());

    if (session)
        session->ssl = SSL_new(tls->context);
    if (!session || !session->ssl || !from_peer || !to_peer) {
        BIO_free(from_peer);
        BIO_free(to_peer);
        bl_tls_session_free(&session);
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "TLS session");
    }
    SSL_set_bio(session->ssl, from_peer, to_peer); /* takes */
    session->from_peer = from_peer;
    session->to_peer = to_peer;
    if (tls->client)
        SSL_set_connect_state(session->ssl);
    else
        SSL_set_accept_state(session->ssl);
    if (tls->client && !expect(session->ssl, server_name)) {
        bl_tls_session_free(&session);
        return fail(err, server_name);
    }
    *out = session;
    return 0;
}

void bl_tls_session_free(struct bl_tls_session **session)
{
    if (!*session)
        return;
    SSL_free((*session)->ssl);
    free(*session);
    *session = NULL;
}

bool bl_tls_session_receive(struct bl_tls_session *session, const uint8_t *bytes, size_t length)
{
    assert(length <= INT_MAX);
    return BIO_write(session->from_peer, bytes, (int)length) == (int)length;
}

/* OpenSSL calls every certificate that it refuses "certificate verify failed". */
static const char *reason_of(const SSL *ssl)
{
    const long verified = SSL_get_verify_result(ssl);
    const char *reason = verified != X509_V_OK ? X509_verify_cert_error_string(verified)
                                               : ERR_reason_error_string(ERR_peek_error());

    return reason ? reason : "broken off";
}

/* Only a want of more bytes lets a session go on. */
static bool goes_on(struct bl_tls_session *session, int status)
{
    int why = SSL_get_error(session->ssl, status);

    if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) {
        session->broken = true;
        if (why != SSL_ERROR_ZERO_RETURN && !session->why)
            session->why = reason_of(session->ssl);
    }
    ERR_clear_error();
    return !session->broken;
}

static bool agreed_on_http2(const struct bl_tls_session *session)
{
    const unsigned char *protocol;
    unsigned length;

    SSL_get0_alpn_selected(session->ssl, &protocol, &length);
    return length == 2 && memcmp(protocol, "h2", 2) == 0;
}

ssize_t bl_tls_session_read(struct bl_tls_session *session, uint8_t *out, size_t room)
{
    int status;

    assert(room <= INT_MAX);
    if (session->broken)
        return -1;
    status = SSL_read(session->ssl, out, (int)room);
    /* A client that offered no ALPN at all was not refused by choose_http2(). */
    if (SSL_is_init_finished(session->ssl) && !agreed_on_http2(session)) {
        session->broken = true;
        session->why = "HTTP/2 was not agreed on";
        return -1;
    }
    if (status > 0)
        return status;
    return goes_on(session, status) ? 0 : -1;
}

bool bl_tls_session_is_ready(const struct bl_tls_session *session)
{
    return !session->broken && SSL_is_init_finished(session->ssl) && agreed_on_http2(session);
}

const char *bl_tls_session_why(const struct bl_tls_session *session)
{
    return session->why;
}

bool bl_tls_session_write(struct bl_tls_session *session, const uint8_t *bytes, size_t length)
{
    assert(length <= INT_MAX);
    /* A memory BIO takes all of it, or there is no memory. */
    session->broken = session->broken || SSL_write(session->ssl, bytes, (int)length) != (int)length;
    ERR_clear_error();
    return !session->broken;
}

size_t bl_tls_session_send(struct bl_tls_session *session, uint8_t *out, size_t room)
{
    int length = BIO_read(session->to_peer, out, room > INT_MAX ? INT_MAX : (int)room);

    return length > 0 ? (size_t)length : 0;
}

void bl_tls_session_close(struct bl_tls_session *session)
{
    if (!session->broken)
        (void)SSL_shutdown(session->ssl); /* good manners: nothing depends on it */
    ERR_clear_error();
}

void bl_tls_session_subject(const struct bl_tls_session *session, char *subject, size_t size)
{
    X509 *certificate = SSL_get1_peer_certificate(session->ssl);
    BIO *text = BIO_new(BIO_s_mem());
    int length = 0;

    if (certificate && text && SSL_get_verify_result(session->ssl) == X509_V_OK &&
        X509_NAME_print_ex(text, X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253) >= 0)
        length = BIO_read(text, subject, (int)size - 1);
    subject[length > 0 ? length : 0] = '\0';
    BIO_free(text);
    X509_free(certificate);
}
