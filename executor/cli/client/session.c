#include "executor/cli/client/session.h"

#include <bailiff/v1/executor.pb-c.h>
#include <signal.h>
#include <string.h>

#include "bailiff/job.h"
#include "executor/cli/printable.h"

int bl_client_open(struct bl_client_session *session, const struct bl_link_options *options,
                   struct bl_err *err)
{
    (void)signal(SIGPIPE, SIG_IGN);         /* can't fail for it */
    (void)setvbuf(stdout, NULL, _IOFBF, 0); /* flushed by whoever has told something whole */
    if (bl_loop_new(&session->loop, err) < 0)
        return -1;
    return bl_link_open(&session->link, session->loop, options, err);
}

void bl_client_close(struct bl_client_session *session)
{
    bl_link_free(&session->link);
    if (session->loop)
        bl_loop_free(&session->loop);
}

int bl_client_fail(const struct bl_err *err)
{
    bl_complain(err);
    return bl_step_fault(err->step) == BL_FAULT_CLIENT && err->step != BL_STEP_FILE_WRITE
               ? BL_CLIENT_USAGE
               : BL_CLIENT_FAILED;
}

struct beginning {
    void *target;
    const bool *help;
    char **argv;
    size_t least, most;
    struct bl_err err;
    int status;
};

static int parse(struct beginning *begin, const struct bl_syntax *syntax, struct bl_err *err)
{
    size_t count = 0;

    if (bl_options_parse(syntax, begin->target, begin->argv, err) < 0)
        return -1;
    while (begin->argv[count])
        count++;
    if (*begin->help)
        return 0;
    if (count < begin->least)
        return bl_fail(err, BL_STEP_OPTION, 0, "an operand is missing: bailiff %s %s",
                       syntax->command, syntax->usage);
    if (count > begin->most)
        return bl_fail(err, BL_STEP_OPTION, 0, "\"%.60s\" is too many: bailiff %s %s",
                       begin->argv[begin->most], syntax->command, syntax->usage);
    return 0;
}

static void parse_by(void *ctx, const struct bl_syntax *syntax)
{
    struct beginning *begin = ctx;

    begin->status = parse(begin, syntax, &begin->err);
}

bool bl_client_begin(bl_describe_fn *describe, void *target, const bool *help, char **argv,
                     size_t least, size_t most, int *status)
{
    struct beginning begin = {
        .target = target, .help = help, .argv = argv, .least = least, .most = most, .status = -1};

    describe(parse_by, &begin);
    if (begin.status < 0) {
        *status = bl_client_fail(&begin.err);
        return false;
    }
    if (!*help)
        return true;
    describe(bl_options_print_help, stdout);
    *status = 0;
    return false;
}

#define LETTERS_AND_DIGITS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

int bl_job_ref_check(const char *id, const char *tenant, struct bl_err *err)
{
    size_t length = strlen(id);

    if (length == 0 || length > BL_JOB_ID_MAX || strspn(id, LETTERS_AND_DIGITS "._:-") != length)
        return bl_fail(err, BL_STEP_OPTION, 0, "\"%.60s\" is no job's id", id);
    length = tenant ? strlen(tenant) : 0;
    if (length > BL_JOB_TENANT_MAX ||
        (tenant && strspn(tenant, LETTERS_AND_DIGITS "._-") != length))
        return bl_fail(err, BL_STEP_OPTION, 0, "--tenant: \"%.60s\" is no tenant's name", tenant);
    return 0;
}

int bl_job_ref_pack(struct bl_bytes *out, const char *id, const char *tenant, struct bl_err *err)
{
    Bailiff__V1__JobRef ref = BAILIFF__V1__JOB_REF__INIT;

    ref.id = (char *)(uintptr_t)id; /* only read */
    if (tenant)
        ref.tenant = (char *)(uintptr_t)tenant;
    return bl_link_pack(out, &ref.base, err);
}

int bl_digest_take(struct bl_digest *out, const char *text, struct bl_err *err)
{
    return bl_digest_parse(text, out)
               ? 0
               : bl_fail(err, BL_STEP_OPTION, 0,
                         "\"%.70s\" is no digest: SHA-256 as 64 lower-case hex digits", text);
}
