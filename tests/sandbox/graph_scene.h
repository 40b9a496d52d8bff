/* graph_scene.h - a job put together piece by piece, a depot that does what a test wants, and what
 * was told of the job; on a rig (tests/support/rig.h) with a spool.
 *
 *     struct bl_scene *scene = bl_scene_of(state);
 *     struct bl_scene_step *step = bl_scene_step(scene, "run");
 *     struct bl_job_command *command = bl_scene_command(step, "hello", "there", NULL);
 *     command->out.return_bytes = 100;
 *     bl_scene_run(scene);
 *     assert_string_equal(scene->cases[0].out[0], "there\n"); */
#ifndef BL_TESTS_SANDBOX_GRAPH_SCENE_H
#define BL_TESTS_SANDBOX_GRAPH_SCENE_H

#include "executor/job/graph.h"
#include "tests/support/rig.h"

enum {
    BL_SCENE_STEPS = 6,
    BL_SCENE_COMMANDS = 4,
    BL_SCENE_CASES = 64,
    BL_SCENE_INPUTS = 6,
    BL_SCENE_OUTPUTS = 4,
    BL_SCENE_ARGS = 12,
    BL_SCENE_TOLD = 128,
    BL_SCENE_FILES = 16,
    BL_SCENE_TEXT = 4096,
    BL_SCENE_PROGRAMS = 64,
};

struct bl_scene;

/* A step with room for all that it points to. */
struct bl_scene_step {
    struct bl_scene *scene;
    struct bl_job_step *step;
    struct bl_job_command commands[BL_SCENE_COMMANDS];
    struct bl_job_case cases[BL_SCENE_CASES];
    struct bl_job_command checker;
    struct {
        const char *argv[BL_SCENE_ARGS + 1];
        const char *env[1];
        struct bl_job_input inputs[BL_SCENE_INPUTS];
        struct bl_job_output outputs[BL_SCENE_OUTPUTS];
    } room[BL_SCENE_COMMANDS + 1]; /* the last is the checker's */
};

/* What was told of a case, copied. */
struct bl_scene_case {
    uint32_t step, testcase;
    enum bl_case_outcome outcome;
    enum bl_skip skip;
    int decided_by, first_ended;
    size_t command_count, set_aside_count;
    enum bl_verdict verdicts[BL_SCENE_COMMANDS];
    struct bl_result results[BL_SCENE_COMMANDS]; /* without files */
    char out[BL_SCENE_COMMANDS][BL_SCENE_TEXT], error_out[BL_SCENE_COMMANDS][BL_SCENE_TEXT];
    struct bl_blob out_blob[BL_SCENE_COMMANDS]; /* without bytes */
    char files[BL_SCENE_TEXT]; /* of the first command: "name:size:bytes;" of each */
    bool noisy, was_alone;
    char cpus[BL_CPUSET_MAX];
    struct bl_check_report check; /* without pointers */
    bool has_checker;
    enum bl_verdict checker_verdict;
    char message[BL_SCENE_TEXT];
    enum bl_step error;
    uint64_t at_ns;
};

enum bl_scene_answer {
    BL_SCENE_AT_ONCE, /* from inside send() */
    BL_SCENE_LATER,   /* in a later round */
    BL_SCENE_NEVER,
    BL_SCENE_FAILS_LATER,
};

/* A file that the depot has. */
struct bl_scene_file {
    char name[BL_SHA256_BYTES]; /* stands for the digest */
    int fd;
    enum bl_scene_answer answer;
};

struct bl_scene {
    struct bl_rig *rig;
    struct bl_spool *spool;
    char why_not[200];
    struct bl_scene_program { /* of tests/programs, open: a confined worker may open none */
        char name[BL_SHA256_BYTES + 1];
        int fd;
    } programs[BL_SCENE_PROGRAMS];
    size_t program_count;
    /* the job */
    struct bl_job job;
    struct bl_job_step job_steps[BL_SCENE_STEPS];
    struct bl_scene_step steps[BL_SCENE_STEPS];
    const char *slots[4];
    unsigned slot_count;
    uint64_t deadline_ns; /* from the start; 0: none */
    /* the depot */
    struct bl_depot depot;
    struct bl_scene_file files[BL_SCENE_FILES];
    size_t file_count;
    enum bl_scene_answer put_answer;
    unsigned sent, released, puts;
    char last_put[BL_SCENE_TEXT]; /* its content */
    struct bl_outfitter outfitter;
    /* what was told */
    struct bl_scene_case cases[BL_SCENE_TOLD];
    size_t case_count;
    struct bl_step_report step_reports[BL_SCENE_STEPS];
    size_t step_count;
    struct bl_done_report done;
    unsigned dones, alones, alone_ends, idle_slots, stills;
    bool holds_alone; /* the answer to ask_alone is the test's */
    bool is_crowded;  /* it is that others run */
    /* the run */
    struct bl_graph *graph;
    struct bl_timer *timer;
    void (*on_time)(struct bl_scene *scene);                             /* when the timer is due */
    void (*on_case)(struct bl_scene *scene, struct bl_scene_case *told); /* NULL: nothing */
    void (*on_still)(struct bl_scene *scene);                            /* NULL: nothing */
    uint64_t started_ns;
};

int bl_scene_setup(void **state);
int bl_scene_teardown(void **state);

/* bl_scene_of - with an empty job; skips where nothing can be isolated. */
struct bl_scene *bl_scene_of(void **state);

/* What a job is made of. */
struct bl_scene_step *bl_scene_step(struct bl_scene *scene, const char *name);

/* bl_scene_command - program: one of tests/programs, found in the box under its name; anything with
 * a '/' a path inside. Then its arguments, and NULL. */
__attribute__((sentinel)) struct bl_job_command *bl_scene_command(struct bl_scene_step *step,
                                                                  const char *program, ...);
__attribute__((sentinel)) struct bl_job_command *bl_scene_checker(struct bl_scene_step *step,
                                                                  const char *program, ...);
void bl_scene_input(struct bl_scene_step *step, struct bl_job_command *command, const char *name,
                    struct bl_file_source file);
struct bl_job_output *bl_scene_output(struct bl_scene_step *step, struct bl_job_command *command,
                                      const char *glob, bool required);
struct bl_job_case *bl_scene_case(struct bl_scene_step *step, const char *input,
                                  const char *answer); /* NULL: none */
void bl_scene_pipe(struct bl_scene_step *step, uint32_t from, uint32_t to);

struct bl_file_source bl_scene_inline(const char *text);
struct bl_file_source bl_scene_stored(const char *name);
struct bl_file_source bl_scene_output_of(uint32_t step, uint32_t testcase, enum bl_output_part part,
                                         const char *name);

/* bl_scene_file - a file that the depot has, or (bytes NULL) does not. */
struct bl_scene_file *bl_scene_file(struct bl_scene *scene, const char *name, const char *bytes,
                                    enum bl_scene_answer answer);

/* bl_scene_run - to its DONE, which must come. */
void bl_scene_run(struct bl_scene *scene);

/* bl_scene_start, _finish - the same in two: for what is done in between. */
void bl_scene_start(struct bl_scene *scene);
void bl_scene_finish(struct bl_scene *scene);

/* bl_scene_soon - calls that in so many milliseconds. */
void bl_scene_soon(struct bl_scene *scene, void (*what)(struct bl_scene *scene), uint64_t ms);

/* bl_scene_left - entries in the spool: what a job leaves there must be none. */
unsigned bl_scene_left(const struct bl_scene *scene);

/* bl_scene_expect - the case's outcome, or the test fails with all that is known of it. */
#define bl_scene_expect(scene, number, outcome) \
    bl_scene_expect_at(scene, number, outcome, __FILE__, __LINE__)
const struct bl_scene_case *bl_scene_expect_at(const struct bl_scene *scene, size_t number,
                                               enum bl_case_outcome outcome, const char *file,
                                               int line);

#endif
