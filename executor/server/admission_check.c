/* admission_check.c - may it come in? Options and jobs against their bounds. */
#include <string.h>

#include "bailiff/own.h"
#include "bailiff/units.h"
#include "executor/server/admission_private.h"

#define AGEING_NS_MOST (3600 * BL_NS_PER_S)

static int check_number(const char *what, uint64_t value, uint64_t least, uint64_t most,
                        struct bl_err *err)
{
    if (value >= least && value <= most)
        return 0;
    return bl_fail(err, BL_STEP_FIELD, 0, "%s: %llu is not within %llu to %llu", what,
                   (unsigned long long)value, (unsigned long long)least, (unsigned long long)most);
}

int bl_admission_check_options(const struct bl_admission_options *options, struct bl_err *err)
{
    const struct {
        const char *what;
        uint64_t value, least, most;
    } rows[] = {
        {"slots", options->slots, 1, BL_SLOTS_MAX},
        {"memory", options->memory_bytes, 1, UINT64_MAX},
        {"queue jobs", options->queue_jobs_max, 1, BL_QUEUE_JOBS_MOST},
        {"queue jobs of a tenant", options->tenant_jobs_max, 1, BL_QUEUE_JOBS_MOST},
        {"queue bytes", options->queue_bytes_max, 1, UINT64_MAX},
        {"queue bytes of a tenant", options->tenant_bytes_max, 1, UINT64_MAX},
        {"tenants", options->tenants_max, 1, BL_QUEUE_JOBS_MOST},
        {"ageing", options->ageing_ns, 0, AGEING_NS_MOST},
    };

    for (size_t i = 0; i < BL_ARRAY_LEN(rows); i++) {
        if (check_number(rows[i].what, rows[i].value, rows[i].least, rows[i].most, err) != 0)
            return -1;
    }
    return 0;
}

int bl_admission_check_job(const struct bl_admission_job *job, struct bl_err *err)
{
    size_t length = strnlen(job->tenant, BL_JOB_TENANT_MAX + 1);

    if (length == 0 || length > BL_JOB_TENANT_MAX)
        return bl_fail(err, BL_STEP_FIELD, 0, "tenant: 1 to %d bytes", BL_JOB_TENANT_MAX);
    if (job->priority < -BL_JOB_PRIORITY_MAX || job->priority > BL_JOB_PRIORITY_MAX)
        return bl_fail(err, BL_STEP_FIELD, 0, "priority: %d is not within -%d to %d", job->priority,
                       BL_JOB_PRIORITY_MAX, BL_JOB_PRIORITY_MAX);
    if (check_number("weight", job->weight, 1, BL_TENANT_WEIGHT_MOST, err) != 0 ||
        check_number("cpus", job->slots, 1, UINT32_MAX, err) != 0 ||
        check_number("memory", job->memory_bytes, 1, UINT64_MAX, err) != 0)
        return -1;
    return 0;
}

/* What will never fit is refused at once, not after a long wait. */
static int check_capacity(const struct bl_admission *admission, const struct bl_admission_job *job,
                          struct bl_err *err)
{
    const struct bl_admission_options *options = &admission->options;
    const struct {
        const char *what;
        uint64_t asked, most;
    } rows[] = {
        {"cpus", job->slots, options->slots},
        {"memory", job->memory_bytes, options->memory_bytes},
        {"bytes of the job itself", job->held_bytes, options->queue_bytes_max},
        {"bytes of the job itself", job->held_bytes, options->tenant_bytes_max},
    };

    for (size_t i = 0; i < BL_ARRAY_LEN(rows); i++) {
        if (rows[i].asked > rows[i].most)
            return bl_fail(err, BL_STEP_CAPACITY, 0, "%s: needs %llu, there are %llu in all",
                           rows[i].what, (unsigned long long)rows[i].asked,
                           (unsigned long long)rows[i].most);
    }
    return 0;
}

/* tenant: NULL, where it is new. */
static int check_room(const struct bl_admission *admission, const struct bl_tenant *tenant,
                      const struct bl_admission_job *job, struct bl_err *err)
{
    const struct bl_admission_options *options = &admission->options;
    const struct {
        const char *what;
        uint64_t used, more, most;
    } rows[] = {
        {"jobs", admission->stats.queued, 1, options->queue_jobs_max},
        {"bytes", admission->stats.queued_bytes, job->held_bytes, options->queue_bytes_max},
        {"jobs of this tenant", tenant ? tenant->queued : 0, 1, options->tenant_jobs_max},
        {"bytes of this tenant", tenant ? tenant->queued_bytes : 0, job->held_bytes,
         options->tenant_bytes_max},
    };

    for (size_t i = 0; i < BL_ARRAY_LEN(rows); i++) {
        if (rows[i].more > rows[i].most - rows[i].used)
            return bl_fail(err, BL_STEP_QUEUE_FULL, 0, "%llu %s wait, of at most %llu",
                           (unsigned long long)rows[i].used, rows[i].what,
                           (unsigned long long)rows[i].most);
    }
    return 0;
}

int bl_admission_check_room(const struct bl_admission *admission,
                            const struct bl_admission_job *job, struct bl_err *err)
{
    if (admission->stats.draining)
        return bl_fail(err, BL_STEP_DRAINING, 0, "the worker stops");
    if (check_capacity(admission, job, err) != 0)
        return -1;
    return check_room(admission, bl_tenant_find(admission, job->tenant), job, err);
}
