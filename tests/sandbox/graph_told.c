/* graph_told.c - what is told of a scene's job, copied, and what was to be told. */
#include "tests/sandbox/graph_scene_private.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include "bailiff/own.h"
#include "executor/base/error.h"
#include "limits/verdict.h"

static void copy_text(char to[BL_SCENE_TEXT], const uint8_t *bytes, size_t length)
{
    size_t fits = length < BL_SCENE_TEXT - 1 ? length : BL_SCENE_TEXT - 1;

    if (bytes)
        memcpy(to, bytes, fits);
    to[bytes ? fits : 0] = '\0';
}

static void copy_files(struct bl_scene_case *told, const struct bl_command_report *report)
{
    size_t used = 0;

    for (size_t i = 0; i < report->file_count && used < sizeof(told->files); i++) {
        const struct bl_file_report *file = &report->files[i];

        used += (size_t)snprintf(told->files + used, sizeof(told->files) - used, "%s:%llu:%.*s;",
                                 file->name, (unsigned long long)file->content.size_bytes,
                                 file->content.bytes ? (int)file->content.length : 1,
                                 file->content.bytes ? (const char *)file->content.bytes : "-");
    }
}

static void copy_command(struct bl_scene_case *told, size_t number,
                         const struct bl_command_report *report)
{
    told->verdicts[number] = report->result->verdict;
    told->results[number] = *report->result;
    told->results[number].files = NULL;
    copy_text(told->out[number], report->out.bytes, report->out.length);
    copy_text(told->error_out[number], report->error_out.bytes, report->error_out.length);
    told->out_blob[number] = report->out;
    told->out_blob[number].bytes = NULL;
    told->noisy = told->noisy || report->noisy;
    (void)snprintf(told->cpus, sizeof(told->cpus), "%s", report->limits->cpuset);
    if (number == 0)
        copy_files(told, report);
}

static void take_case(struct bl_scene *scene, const struct bl_case_report *report)
{
    struct bl_scene_case *told = &scene->cases[scene->case_count++];

    assert_true(scene->case_count <= BL_SCENE_TOLD);
    *told = (struct bl_scene_case){
        .step = report->step,
        .testcase = report->testcase,
        .outcome = report->outcome,
        .skip = report->skip,
        .decided_by = report->decided_by,
        .first_ended = report->first_ended,
        .command_count = report->command_count,
        .set_aside_count = report->set_aside_count,
        .was_alone = report->was_alone,
        .check = report->check,
        .has_checker = report->check.checker != NULL,
        .error = report->error ? report->error->step : BL_STEP_NONE,
        .at_ns = bl_now_ns(),
    };
    for (size_t i = 0; i < report->command_count; i++)
        copy_command(told, i, &report->commands[i]);
    if (told->has_checker)
        told->checker_verdict = report->check.checker->result->verdict;
    copy_text(told->message, report->check.message, report->check.message_length);
    if (scene->on_case)
        scene->on_case(scene, told);
}

static void on_event(void *ctx, const struct bl_job_event *event)
{
    struct bl_scene *scene = ctx;

    assert_int_equal(scene->dones, 0); /* nothing comes behind it */
    assert_int_equal(event->number, 5 + scene->case_count + scene->step_count);
    switch (event->kind) {
    case BL_JOB_EVENT_CASE:
        take_case(scene, &event->testcase);
        return;
    case BL_JOB_EVENT_STEP:
        scene->step_reports[scene->step_count++] = event->step;
        return;
    case BL_JOB_EVENT_DONE:
        scene->done = event->done;
        scene->dones++;
        bl_graph_free(&scene->graph);
        bl_loop_stop(scene->rig->loop);
        return;
    case BL_JOB_EVENT_QUEUED:
    case BL_JOB_EVENT_STARTED:
    default:
        fail_msg("event %d is the caller's", (int)event->kind);
    }
}

static void on_slot_idle(void *ctx, unsigned slot)
{
    struct bl_scene *scene = ctx;

    (void)slot;
    scene->idle_slots++;
}

static void ask_alone(void *ctx)
{
    struct bl_scene *scene = ctx;

    scene->alones++;
    if (!scene->holds_alone)
        bl_graph_alone(scene->graph, !scene->is_crowded);
}

static void end_alone(void *ctx)
{
    struct bl_scene *scene = ctx;

    scene->alone_ends++;
}

static void on_still(void *ctx)
{
    struct bl_scene *scene = ctx;

    scene->stills++;
    if (scene->on_still)
        scene->on_still(scene);
}

struct bl_graph_calls bl_scene_calls(struct bl_scene *scene)
{
    return (struct bl_graph_calls){on_event, on_slot_idle, ask_alone, end_alone, on_still, scene};
}

static void describe(const struct bl_scene_case *told)
{
    char text[BL_ERROR_TEXT_MAX];

    print_error("step %u, case %u: outcome %d, skip %d, decided by %d, error %s\n", told->step,
                told->testcase, (int)told->outcome, (int)told->skip, told->decided_by,
                bl_step_name(told->error));
    for (size_t i = 0; i < told->command_count; i++)
        print_error("  %s, exit %d, signal %d: %s\n  stdout: %.300s\n  stderr: %.300s\n",
                    bl_verdict_name(told->verdicts[i]), told->results[i].exit_code,
                    told->results[i].signal,
                    told->results[i].error.step == BL_STEP_NONE
                        ? ""
                        : bl_error_text(&told->results[i].error, text),
                    told->out[i], told->error_out[i]);
    print_error("  files: %s\n  check: ran %d, accepted %d: %s\n", told->files, told->check.ran,
                told->check.accepted, told->message);
}

const struct bl_scene_case *bl_scene_expect_at(const struct bl_scene *scene, size_t number,
                                               enum bl_case_outcome outcome, const char *file,
                                               int line)
{
    if (number < scene->case_count && scene->cases[number].outcome == outcome)
        return &scene->cases[number];
    print_error("case %zu of %zu: expected outcome %d\n", number, scene->case_count, (int)outcome);
    for (size_t i = 0; i < scene->case_count; i++)
        describe(&scene->cases[i]);
    _fail(file, line);
    return NULL;
}
