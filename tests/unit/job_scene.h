/* job_scene.h - one job message that uses every part of the schema, for tests to spoil:
 *
 *   steps[0] "compile"  a compile of two inline sources
 *   steps[1] "tests"    what it made, on three cases of two groups, compared by tokens
 *   steps[2] "talk"     the same against an interactor, joined by two pipes
 *   steps[3] "gather"   a plain command with files of every source, judged by a checker */
#ifndef TEST_JOB_SCENE_H
#define TEST_JOB_SCENE_H

#include <bailiff/v1/job.pb-c.h>

#include "bailiff/job.h"

enum { SCENE_STEPS = 4, SCENE_LIST_MAX = 5000 };

struct job_scene {
    Bailiff__V1__Job job;
    Bailiff__V1__Label label;
    Bailiff__V1__Step steps[SCENE_STEPS];
    Bailiff__V1__Command compile, test, talker, interactor, gather, checker;
    Bailiff__V1__Compile compiling;
    Bailiff__V1__Compiled compiled, compiled_too, compiled_checker;
    Bailiff__V1__Limits limits;
    Bailiff__V1__Input sources[2], gathered[3];
    Bailiff__V1__File source_files[2], gathered_files[3], inputs[3], answers[3], from_stdout,
        talk_input;
    Bailiff__V1__OutputOf folder, stream;
    Bailiff__V1__Remote remote;
    Bailiff__V1__Output output;
    Bailiff__V1__Keep keep, keep_stdout, keep_stderr;
    Bailiff__V1__Stdin from_interactor, from_talker, from_step;
    Bailiff__V1__Case cases[3], talk_case;
    Bailiff__V1__Check tokens_check, talk_check, checker_check;
    Bailiff__V1__Tokens tokens;
    Bailiff__V1__Interactor interacting;
    /* Lists that a test may fill further. */
    void *step_list[SCENE_LIST_MAX], *label_list[SCENE_LIST_MAX], *source_list[SCENE_LIST_MAX],
        *gathered_list[SCENE_LIST_MAX], *test_list[SCENE_LIST_MAX], *talk_list[SCENE_LIST_MAX],
        *case_list[SCENE_LIST_MAX], *output_list[SCENE_LIST_MAX], *compile_list[SCENE_LIST_MAX],
        *gather_list[SCENE_LIST_MAX], *talk_case_list[SCENE_LIST_MAX];
    char *argv[SCENE_LIST_MAX], *gather_argv[SCENE_LIST_MAX], *env[SCENE_LIST_MAX],
        *args[SCENE_LIST_MAX], *check_args[SCENE_LIST_MAX], *needs[SCENE_LIST_MAX];
    uint8_t digest[BL_SHA256_BYTES];
};

/* The scene points into itself: it is not to be copied. */
void job_scene_set_up(struct job_scene *scene);

/* job_scene_pack - malloc(3)ed. */
uint8_t *job_scene_pack(const struct job_scene *scene, size_t *length);

/* job_scene_decode - the scene as a job, for bl_job_free(); the test fails where it is none. What
 * it was read from is overwritten: a job borrows nothing. */
struct bl_job *job_scene_decode(const struct job_scene *scene);

/* A text of that many 'a'; freed by job_scene_forget_texts(). */
char *job_scene_text(size_t length);
void job_scene_forget_texts(void);

/* Fills list with count times what its first entry is. */
void job_scene_repeat(void *list, size_t count);

#endif
