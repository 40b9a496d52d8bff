#include "executor/daemon/access.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bailiff/own.h"
#include "executor/daemon/identity.h"
#include "executor/rpc/token.h"

struct bl_access {
    uid_t users[BL_CONFIG_NAMES_MAX];
    gid_t groups[BL_CONFIG_NAMES_MAX];
    unsigned user_count, group_count;
    struct bl_arena arena; /* subjects */
    const char **subjects;
    unsigned subject_count;
    char *text; /* the tokens' file, each token ended by a NUL; owned, wiped */
    const char *tokens[BL_TOKENS_MAX];
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

static int take_line(struct bl_access *access, const char *path, unsigned number, char *line,
                     struct bl_err *err)
{
    const char *problem;

    line += strspn(line, " \t");
    line[strcspn(line, " \t\r#")] = '\0';
    if (!*line)
        return 0;
    problem = access->token_count == BL_TOKENS_MAX ? "more than 256 tokens" : token_problem(line);
    if (problem)
        return bl_fail(err, BL_STEP_CONFIG, 0, "%.150s:%u: %s", path, number, problem);
    access->tokens[access->token_count++] = line;
    return 0;
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

static int copy_subjects(struct bl_access *access, const struct bl_config *config,
                         struct bl_err *err)
{
    access->subjects =
        bl_arena_alloc(&access->arena, BL_CONFIG_NAMES_MAX, sizeof(*access->subjects), err);
    if (!access->subjects)
        return -1;
    for (const char *const *name = config->subjects; *name; name++) {
        const char *copy = bl_arena_string(&access->arena, *name, strlen(*name), err);

        if (!copy)
            return -1;
        access->subjects[access->subject_count++] = copy;
    }
    return 0;
}

static int fill(struct bl_access *access, const struct bl_config *config, struct bl_err *err)
{
    for (const char *const *name = config->users; *name; name++)
        if (bl_identity_user(&access->users[access->user_count++], *name, "/etc/passwd", err) < 0)
            return -1;
    for (const char *const *name = config->groups; *name; name++)
        if (bl_identity_group(&access->groups[access->group_count++], *name, "/etc/group", err) < 0)
            return -1;
    if (copy_subjects(access, config, err) < 0)
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

static bool local_may_call(const struct bl_access *access, const struct bl_peer *peer)
{
    if (peer->uid == 0 || (access->user_count == 0 && access->group_count == 0))
        return true;
    for (unsigned i = 0; i < access->user_count; i++)
        if (access->users[i] == peer->uid)
            return true;
    for (unsigned i = 0; i < access->group_count; i++)
        if (access->groups[i] == peer->gid)
            return true;
    return false;
}

static bool subject_may_call(const struct bl_access *access, const char *subject)
{
    for (unsigned i = 0; i < access->subject_count; i++)
        if (strcmp(access->subjects[i], subject) == 0)
            return true;
    return access->subject_count == 0;
}

/* All are compared, whichever it is. */
static bool token_may_call(const struct bl_access *access, const char *authorization)
{
    bool found = false;

    for (unsigned i = 0; i < access->token_count; i++)
        found |= bl_token_matches(access->tokens[i], authorization);
    return found;
}

bool bl_access_may_call(void *ctx, const struct bl_peer *peer, const char *authorization)
{
    const struct bl_access *access = ctx;

    if (peer->has_ids)
        return local_may_call(access, peer);
    if (peer->subject[0] && subject_may_call(access, peer->subject))
        return true;
    return token_may_call(access, authorization);
}
