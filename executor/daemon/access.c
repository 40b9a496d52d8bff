#include "executor/daemon/access.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bailiff/own.h"
#include "executor/daemon/identity.h"
#include "executor/rpc/token.h"
#include "executor/server/store_hash.h"

struct token {
    const char *text;
    char tenant[BL_JOB_TENANT_MAX + 1];
    bool any;
};

struct bl_access {
    uid_t users[BL_CONFIG_NAMES_MAX], namers[BL_CONFIG_NAMES_MAX];
    gid_t groups[BL_CONFIG_NAMES_MAX];
    unsigned user_count, group_count, namer_count;
    struct bl_arena arena;                                /* subjects */
    const char *const *subjects, *const *naming_subjects; /* NULL-terminated */
    char *text; /* the tokens' file, each token ended by a NUL; owned, wiped */
    struct token tokens[BL_TOKENS_MAX];
    unsigned token_count;
};

/* ---- the tokens' file -------------------------------------------------------------------------
 */

/* NULL: fine. */
static const char *token_problem(const char *token)
{
    size_t length = strlen(token);

    if (length < BL_TOKEN_LENGTH_LEAST)
        return "a token has 16 characters at least";
    if (length > BL_TOKEN_LENGTH_MOST)
        return "a token has 256 characters at most";
    for (const char *at = token; *at; at++)
        if (*at <= ' ' || *at > '~')
            return "a token is printable ASCII without blanks";
    return NULL;
}

/* The tenant of one that names none: not the token, and not what a token can be found from. */
static int name_tenant(struct token *token, struct bl_err *err)
{
    char text[BL_DIGEST_TEXT_MAX];
    struct bl_digest digest;

    if (bl_hash_of(token->text, strlen(token->text), &digest, err) < 0)
        return -1;
    (void)snprintf(token->tenant, sizeof(token->tenant), "token-%.16s",
                   bl_digest_format(&digest, text)); /* fits */
    return 0;
}

static const char *take_rest(struct token *token, const char *tenant, const char *any,
                             const char *more)
{
    if (tenant && !bl_config_is_tenant(tenant))
        return "behind a token: a tenant's name of A-Z a-z 0-9 . _ -";
    if (more || (any && strcmp(any, "any") != 0))
        return "behind a tenant: the word any, or nothing";
    if (tenant)
        (void)snprintf(token->tenant, sizeof(token->tenant), "%s", tenant); /* fits */
    token->any = any != NULL;
    return NULL;
}

static int take_line(struct bl_access *access, const char *path, unsigned number, char *line,
                     struct bl_err *err)
{
    struct token *token = &access->tokens[access->token_count];
    const char *words[4], *problem;
    char *rest = NULL;

    line[strcspn(line, "\r#")] = '\0';
    for (size_t i = 0; i < BL_ARRAY_LEN(words); i++)
        words[i] = strtok_r(i ? NULL : line, " \t", &rest);
    if (!words[0])
        return 0;
    problem =
        access->token_count == BL_TOKENS_MAX ? "more than 256 tokens" : token_problem(words[0]);
    if (!problem) {
        token->text = words[0];
        problem = take_rest(token, words[1], words[2], words[3]);
    }
    if (problem)
        return bl_fail(err, BL_STEP_CONFIG, 0, "%.150s:%u: %s", path, number, problem);
    access->token_count++;
    return *token->tenant ? 0 : name_tenant(token, err);
}

static int take_lines(struct bl_access *access, const char *path, struct bl_err *err)
{
    char *next = access->text;

    for (unsigned number = 1; next; number++) {
        char *line = next;

        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        if (take_line(access, path, number, line, err) < 0)
            return -1;
    }
    return 0;
}

static int read_tokens(struct bl_access *access, const char *path, struct bl_err *err)
{
    bl_autoclose int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat is;
    ssize_t length;

    if (fd < 0 || fstat(fd, &is) < 0)
        return bl_fail(err, BL_STEP_CONFIG, errno, "access.tokens: %.150s", path);
    if (!S_ISREG(is.st_mode) || is.st_size > BL_TOKENS_BYTES_MAX)
        return bl_fail(err, BL_STEP_CONFIG, 0, "access.tokens: %.150s: no file of at most 128 KiB",
                       path);
    if (is.st_mode & S_IRWXO)
        return bl_fail(err, BL_STEP_CONFIG, 0,
                       "access.tokens: %.150s: everybody can read it: chmod o-rwx", path);
    access->text = calloc(1, BL_TOKENS_BYTES_MAX + 1);
    if (!access->text)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "tokens");
    length = pread(fd, access->text, BL_TOKENS_BYTES_MAX, 0); /* a regular file: in one piece */
    if (length < 0)
        return bl_fail(err, BL_STEP_CONFIG, errno, "access.tokens: %.150s", path);
    if (strlen(access->text) != (size_t)length)
        return bl_fail(err, BL_STEP_CONFIG, 0, "access.tokens: %.150s: has a NUL byte", path);
    if (take_lines(access, path, err) < 0)
        return -1;
    if (access->token_count == 0)
        return bl_fail(err, BL_STEP_CONFIG, 0, "access.tokens: %.150s: has no token", path);
    return 0;
}

/* ---- the rules --------------------------------------------------------------------------------
 */

static int copy_names(struct bl_access *access, const char *const *names,
                      const char *const **copies, struct bl_err *err)
{
    const char **list = bl_arena_alloc(&access->arena, BL_CONFIG_NAMES_MAX + 1, sizeof(*list), err);

    for (size_t i = 0; list && names[i]; i++)
        if (!(list[i] = bl_arena_string(&access->arena, names[i], strlen(names[i]), err)))
            return -1;
    *copies = list;
    return list ? 0 : -1;
}

/* Of those who may name tenants: what is a user's name is a user, all else is a subject. */
static int find_namers(struct bl_access *access, const struct bl_config *config, struct bl_err *err)
{
    for (const char *const *name = config->name_tenants; *name; name++)
        if (!strchr(*name, '=') &&
            bl_identity_user(&access->namers[access->namer_count++], *name, "/etc/passwd", err) < 0)
            return bl_config_at("access.name_tenants", err);
    return copy_names(access, config->name_tenants, &access->naming_subjects, err);
}

static int fill(struct bl_access *access, const struct bl_config *config, struct bl_err *err)
{
    for (const char *const *name = config->users; *name; name++)
        if (bl_identity_user(&access->users[access->user_count++], *name, "/etc/passwd", err) < 0)
            return bl_config_at("access.users", err);
    for (const char *const *name = config->groups; *name; name++)
        if (bl_identity_group(&access->groups[access->group_count++], *name, "/etc/group", err) < 0)
            return bl_config_at("access.groups", err);
    if (copy_names(access, config->subjects, &access->subjects, err) < 0 ||
        find_namers(access, config, err) < 0)
        return -1;
    return *config->tokens ? read_tokens(access, config->tokens, err) : 0;
}

int bl_access_new(struct bl_access **out, const struct bl_config *config, struct bl_err *err)
{
    struct bl_access *access = calloc(1, sizeof(*access));

    if (!access)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "who may call");
    if (fill(access, config, err) < 0) {
        bl_access_free(&access);
        return -1;
    }
    *out = access;
    return 0;
}

void bl_access_replace(struct bl_access *access, struct bl_access **fresh)
{
    struct bl_access old = *access;

    *access = **fresh;
    **fresh = old;
    bl_access_free(fresh);
}

void bl_access_free(struct bl_access **access)
{
    if (!*access)
        return;
    if ((*access)->text)
        explicit_bzero((*access)->text, BL_TOKENS_BYTES_MAX);
    free((*access)->text);
    bl_arena_release(&(*access)->arena);
    free(*access);
    *access = NULL;
}

/* ---- the decision -----------------------------------------------------------------------------
 */

static bool has_id(const unsigned *ids, unsigned count, unsigned id)
{
    for (unsigned i = 0; i < count; i++)
        if (ids[i] == id)
            return true;
    return false;
}

static bool has_name(const char *const *names, const char *name)
{
    while (*names && strcmp(*names, name) != 0)
        names++;
    return *names != NULL;
}

static bool local_may_call(const struct bl_access *access, const struct bl_peer *peer)
{
    return peer->uid == 0 || (access->user_count == 0 && access->group_count == 0) ||
           has_id(access->users, access->user_count, peer->uid) ||
           has_id(access->groups, access->group_count, peer->gid);
}

static bool subject_may_call(const struct bl_access *access, const struct bl_peer *peer)
{
    return peer->subject[0] && (!access->subjects[0] || has_name(access->subjects, peer->subject));
}

/* All are compared, whichever it is. NULL: none. */
static const struct token *find_token(const struct bl_access *access, const char *authorization)
{
    const struct token *found = NULL;

    for (unsigned i = 0; i < access->token_count; i++)
        if (bl_token_matches(access->tokens[i].text, authorization))
            found = &access->tokens[i];
    return found;
}

bool bl_access_may_call(void *ctx, const struct bl_peer *peer, const char *authorization)
{
    const struct bl_access *access = ctx;

    if (peer->has_ids)
        return local_may_call(access, peer);
    return subject_may_call(access, peer) || find_token(access, authorization) != NULL;
}

int bl_access_identify(void *ctx, const struct bl_peer *peer, const char *authorization,
                       struct bl_caller *out, struct bl_err *err)
{
    const struct bl_access *access = ctx;
    const struct token *token;

    if (peer->has_ids || subject_may_call(access, peer)) {
        if (bl_caller_of_peer(peer, out, err) < 0)
            return -1;
        out->names_tenants |= peer->has_ids ? has_id(access->namers, access->namer_count, peer->uid)
                                            : has_name(access->naming_subjects, peer->subject);
        return 0;
    }
    token = find_token(access, authorization);
    if (!token) /* it was one when the call began: the tokens were read again meanwhile */
        return bl_fail(err, BL_STEP_ACCESS, 0, "the token is no longer one");
    (void)snprintf(out->tenant, sizeof(out->tenant), "%s", token->tenant); /* fits */
    out->names_tenants = token->any;
    return 0;
}
