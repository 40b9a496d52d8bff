#include "executor/job/part.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "executor/job/account.h"
#include "executor/job/part_private.h"

void bl_part_init(struct bl_part *part, struct bl_job_site *site)
{
    *part = (struct bl_part){.site = site, .files = {-1, -1, -1}, .leaving = BL_LEAVING_NONE};
}

int bl_part_prepare(struct bl_part *part, const struct bl_part_order *order, int in, int out,
                    struct bl_err *err)
{
    part->order = *order;
    if (order->kit->refusal.step != BL_STEP_NONE) {
        *err = order->kit->refusal;
        return -1;
    }
    if (bl_part_fill_spec(part, err) != 0)
        return -1;
    return bl_part_open_streams(part, in, out, err);
}

/* ---- the end ----------------------------------------------------------------------------------
 */

static uint64_t lesser(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

uint64_t bl_part_stream_bytes(const struct bl_part *part, int number)
{
    const struct bl_usage *usage = &part->result.usage;
    const struct bl_limits *limits = &part->spec.limits;

    return number == 1 ? lesser(usage->stdout_bytes, limits->stdout_bytes)
                       : lesser(usage->stderr_bytes, limits->stderr_bytes);
}

/* Was all that it wrote taken, as far as it was to be? If not, our spool is full: whatever it is
 * compared with would call the program wrong for it. */
static bool is_whole(const struct bl_part *part, int number)
{
    uint64_t wanted = bl_part_stream_bytes(part, number);
    struct stat st;

    if (part->files[number] < 0)
        return true;
    if (part->kept_bytes[number] > 0)
        wanted = lesser(wanted, part->kept_bytes[number]);
    return fstat(part->files[number], &st) == 0 && (uint64_t)st.st_size >= wanted;
}

static void check_streams(struct bl_part *part)
{
    if (part->result.verdict == BL_VERDICT_CANCELLED || (is_whole(part, 1) && is_whole(part, 2)))
        return;
    part->result.verdict = BL_VERDICT_SANDBOX_ERROR;
    (void)bl_fail(&part->result.error, BL_STEP_SPOOL, ENOSPC, "what the program wrote");
}

static void on_end(void *ctx, struct bl_run *run, struct bl_result *result)
{
    struct bl_part *part = ctx;

    (void)run;
    part->result = *result;
    result->files = NULL; /* the part's from here on */
    result->file_count = 0;
    bl_run_free(&part->run);
    check_streams(part);
    part->confidence = bl_confidence_of(&part->result, &part->spec.limits);
    part->over = true;
    part->on_over(part->ctx, part);
}

static void end_without_run(void *ctx)
{
    struct bl_part *part = ctx;

    part->over = true;
    part->on_over(part->ctx, part);
}

/* ---- the interface ----------------------------------------------------------------------------
 */

int bl_part_start(struct bl_part *part, bl_on_part_over *on_over, void *ctx, struct bl_err *err)
{
    struct bl_run_order order = {.spec = &part->spec, .on_end = on_end, .ctx = part};

    part->on_over = on_over;
    part->ctx = ctx;
    part->started = true;
    if (!part->order.kit->outfit.argv) { /* a language that needs no compiling */
        part->result = (struct bl_result){.verdict = BL_VERDICT_OK};
        part->ending = (struct bl_deferred){.work = end_without_run, .ctx = part};
        bl_loop_defer(part->site->loop, &part->ending);
        return 0;
    }
    memcpy(order.streams, part->streams, sizeof(order.streams));
    memcpy(order.kept_bytes, part->kept_bytes, sizeof(order.kept_bytes));
    return bl_run_start(&part->run, part->site->loop, part->site->warden, &order, err);
}

void bl_part_refuse(struct bl_part *part, const struct bl_err *err)
{
    bool ours = bl_step_fault(err->step) != BL_FAULT_CLIENT;

    part->result = (struct bl_result){
        .verdict = ours                         ? BL_VERDICT_SANDBOX_ERROR
                   : err->step == BL_STEP_INPUT ? BL_VERDICT_FILE_ERROR
                                                : BL_VERDICT_EXEC_FAILED,
        .kill_reason = ours ? BL_KILL_SANDBOX : BL_KILL_NONE,
        .exit_code = -1,
        .error = *err,
    };
    part->over = true;
}

void bl_part_cancel(struct bl_part *part)
{
    if (part->run)
        bl_run_cancel(part->run);
}

int bl_part_file(const struct bl_part *part, const char *name)
{
    for (unsigned i = 0; i < part->result.file_count; i++)
        if (strcmp(part->result.files[i].name, name) == 0)
            return part->result.files[i].fd;
    return -1;
}

void bl_part_release(struct bl_part *part)
{
    bl_loop_undefer(part->site->loop, &part->ending);
    bl_run_free(&part->run);
    for (int i = 0; i < 3; i++)
        bl_close_fd(&part->files[i]);
    bl_account_drop_files(&part->result);
    bl_leaving_release(&part->leaving, part->site->spool);
    bl_arena_release(&part->arena);
}
