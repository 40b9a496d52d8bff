/* case_private.h - the object of case.h, shared by the files that are its parts:
 *
 *   case.c         its life: passes, the end
 *   case_batch.c   a pass of a batch problem
 *   interaction.c  a pass of an interactive one
 *   validation.c   the validator's run, and what it leaves; the default comparison */
#ifndef BL_JUDGE_CASE_PRIVATE_H
#define BL_JUDGE_CASE_PRIVATE_H

#include "executor/job/joint.h"
#include "executor/judge/case.h"

struct bl_case {
    struct bl_case_order order;
    struct bl_case_result result;
    struct bl_app_run program, validator;
    struct bl_result program_result, validator_result; /* of this pass; without files */
    bool program_over, validator_over;                 /* of this pass */
    int input, answer;                                 /* owned */
    char input_folder[BL_SPOOL_NAME_MAX];              /* where a spooled input lies, or empty */
    int output;                                        /* owned; spooled, of this pass */
    struct bl_arena arena;                             /* names of: */
    struct bl_input files[BL_CASE_FILES_MAX];          /* fds owned; the testcase's .files */
    size_t file_count;
    char files_folder[BL_SPOOL_NAME_MAX];
    int next_input; /* owned; nextpass.in of this pass, spooled, or -1 */
    char next_folder[BL_SPOOL_NAME_MAX];
    int feedback; /* owned; what earlier passes' validators left, or -1 */
    char feedback_name[BL_SPOOL_NAME_MAX];
    struct bl_joint to_validator, to_program; /* interaction.c */
    struct bl_deferred over;
};

/* bl_case_start_batch, _interaction - begins a pass; bl_case_pass_over() or _fail() follows.
 * Fail with whatever a run can't be started for. */
int bl_case_start_batch(struct bl_case *c, struct bl_err *err);
int bl_case_start_interaction(struct bl_case *c, struct bl_err *err);

/* bl_case_prepare_program - c->program for this pass, limits and files settled. */
int bl_case_prepare_program(struct bl_case *c, struct bl_err *err);

/* bl_case_note_program - takes the figures of the program's run into the result. */
void bl_case_note_program(struct bl_case *c, const struct bl_result *result);

/* bl_case_start_validator - in and out: its standard input, and (interaction) output, else -1. */
int bl_case_start_validator(struct bl_case *c, int in, int out, bl_on_run_end on_end,
                            struct bl_err *err);

/* bl_case_take_validator - its result, its message, its next input. */
int bl_case_take_validator(struct bl_case *c, struct bl_result *result, struct bl_err *err);

/* bl_case_spool_input - a copy of a file that a program may write to; named, for only what has a
 * name can be shown in a sandbox. *fd: owned; folder: to be removed when it is not needed any more.
 */
int bl_case_spool_input(struct bl_case *c, int source, int *fd, char folder[BL_SPOOL_NAME_MAX],
                        struct bl_err *err);

/* bl_case_compare - the default validator on c->output. */
int bl_case_compare(struct bl_case *c, struct bl_judgement *out, struct bl_err *err);

/* The end of a pass: by a judgement, or by an error of ours. Both may start the next one. */
void bl_case_pass_over(struct bl_case *c, const struct bl_judgement *judgement);
void bl_case_fail(struct bl_case *c, const struct bl_err *err);

#endif
