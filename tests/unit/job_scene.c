#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "job_scene.h"
#include "proto/decode.h"

#define P(name) bailiff__v1__##name##__init

static char *texts[64];
static size_t text_count;

char *job_scene_text(size_t length)
{
    char *text = malloc(length + 1);

    if (!text || text_count == BL_ARRAY_LEN(texts))
        abort();
    memset(text, 'a', length);
    text[length] = '\0';
    texts[text_count++] = text;
    return text;
}

void job_scene_forget_texts(void)
{
    while (text_count > 0)
        free(texts[--text_count]);
}

void job_scene_repeat(void *list, size_t count)
{
    void **entries = list;

    for (size_t i = 1; i < count; i++)
        entries[i] = entries[0];
}

static void set_inline(Bailiff__V1__File *file, const char *text)
{
    P(file)(file);
    file->source_case = BAILIFF__V1__FILE__SOURCE_INLINE;
    file->inline_ = (ProtobufCBinaryData){strlen(text), (uint8_t *)text};
}

static void set_stored(struct job_scene *s, Bailiff__V1__File *file)
{
    P(file)(file);
    file->source_case = BAILIFF__V1__FILE__SOURCE_SHA256;
    file->sha256 = (ProtobufCBinaryData){sizeof(s->digest), s->digest};
}

static void set_up_compile(struct job_scene *s)
{
    static const char *const names[] = {"/app/main.cpp", "/app/lib.h"};

    P(command)(&s->compile);
    P(compile)(&s->compiling);
    s->compiling.language = (char *)"cpp";
    s->compiling.entrypoint = (char *)"main.cpp";
    s->compile.language_case = BAILIFF__V1__COMMAND__LANGUAGE_COMPILE;
    s->compile.compile = &s->compiling;
    for (size_t i = 0; i < 2; i++) {
        P(input)(&s->sources[i]);
        set_inline(&s->source_files[i], "int main() {}\n");
        s->sources[i].name = (char *)names[i];
        s->sources[i].file = &s->source_files[i];
        s->source_list[i] = &s->sources[i];
    }
    s->compile.n_inputs = 2;
    s->compile.inputs = (void *)s->source_list;
}

static void set_up_cases(struct job_scene *s)
{
    static const char *const names[] = {"sample", "secret/1", "secret/2"};

    for (size_t i = 0; i < 3; i++) {
        P(case)(&s->cases[i]);
        set_stored(s, &s->inputs[i]);
        set_stored(s, &s->answers[i]);
        s->cases[i].name = (char *)names[i];
        s->cases[i].group = (char *)(i == 0 ? "samples" : "secrets");
        s->cases[i].input = &s->inputs[i];
        s->cases[i].answer = &s->answers[i];
        s->case_list[i] = &s->cases[i];
    }
    s->args[0] = (char *)"--fast";
    s->check_args[0] = (char *)"strict";
    s->cases[1].n_args = s->cases[1].n_check_args = 1;
    s->cases[1].args = s->args;
    s->cases[1].check_args = s->check_args;
    s->steps[1].n_cases = 3;
    s->steps[1].cases = (void *)s->case_list;
}

static void set_up_tests(struct job_scene *s)
{
    P(command)(&s->test);
    P(compiled)(&s->compiled);
    P(limits)(&s->limits);
    P(keep)(&s->keep_stdout);
    P(keep)(&s->keep_stderr);
    P(check)(&s->tokens_check);
    P(tokens)(&s->tokens);
    s->compiled.step = (char *)"compile";
    s->test.language_case = BAILIFF__V1__COMMAND__LANGUAGE_COMPILED;
    s->test.compiled = &s->compiled;
    s->limits.cpu_time_ns_opt_case = BAILIFF__V1__LIMITS__CPU_TIME_NS_OPT_CPU_TIME_NS;
    s->limits.cpu_time_ns = 2 * BL_NS_PER_S;
    s->limits.pids_opt_case = BAILIFF__V1__LIMITS__PIDS_OPT_PIDS;
    s->limits.pids = 1;
    s->test.limits = &s->limits;
    s->keep_stdout.store = 1;
    s->keep_stderr.return_bytes = 4096;
    s->test.stdout = &s->keep_stdout;
    s->test.stderr = &s->keep_stderr;
    s->tokens.absolute_opt_case = BAILIFF__V1__TOKENS__ABSOLUTE_OPT_ABSOLUTE;
    s->tokens.absolute = 1e-6;
    s->tokens_check.kind_case = BAILIFF__V1__CHECK__KIND_TOKENS;
    s->tokens_check.tokens = &s->tokens;
    s->test_list[0] = &s->test;
    s->steps[1].check = &s->tokens_check;
    s->steps[1].stop = BAILIFF__V1__STOP__STOP_GROUP;
    set_up_cases(s);
}

static void set_up_pipe(Bailiff__V1__Stdin *in, Bailiff__V1__Command *reader, uint32_t writer)
{
    P(stdin)(in);
    in->source_case = BAILIFF__V1__STDIN__SOURCE_PIPE_FROM;
    in->pipe_from = writer;
    reader->stdin = in;
}

static void set_up_talk(struct job_scene *s)
{
    P(command)(&s->talker);
    P(command)(&s->interactor);
    P(compiled)(&s->compiled_too);
    P(check)(&s->talk_check);
    P(interactor)(&s->interacting);
    P(case)(&s->talk_case);
    s->compiled_too.step = (char *)"compile";
    s->talker.language_case = BAILIFF__V1__COMMAND__LANGUAGE_COMPILED;
    s->talker.compiled = &s->compiled_too;
    s->argv[0] = (char *)"./interactor";
    s->interactor.n_argv = 1;
    s->interactor.argv = s->argv;
    set_up_pipe(&s->from_interactor, &s->talker, 1);
    set_up_pipe(&s->from_talker, &s->interactor, 0);
    s->interacting.command = 1;
    s->talk_check.kind_case = BAILIFF__V1__CHECK__KIND_INTERACTOR;
    s->talk_check.interactor = &s->interacting;
    s->talk_list[0] = &s->talker;
    s->talk_list[1] = &s->interactor;
    set_inline(&s->talk_input, "42\n");
    s->talk_case.input = &s->talk_input;
    s->talk_case_list[0] = &s->talk_case;
    s->steps[2].n_cases = 1;
    s->steps[2].cases = (void *)s->talk_case_list;
    s->steps[2].check = &s->talk_check;
}

static void set_up_gathered(struct job_scene *s)
{
    static const char *const names[] = {"all", "data/remote", "/srv/stored"};

    for (size_t i = 0; i < 3; i++) {
        P(input)(&s->gathered[i]);
        s->gathered[i].name = (char *)names[i];
        s->gathered[i].file = &s->gathered_files[i];
        s->gathered_list[i] = &s->gathered[i];
    }
    P(file)(&s->gathered_files[0]);
    P(output_of)(&s->folder);
    s->folder.step = (char *)"compile";
    s->gathered_files[0].source_case = BAILIFF__V1__FILE__SOURCE_OUTPUT;
    s->gathered_files[0].output = &s->folder;
    P(file)(&s->gathered_files[1]);
    P(remote)(&s->remote);
    s->remote.sha256 = (ProtobufCBinaryData){sizeof(s->digest), s->digest};
    s->remote.url = (char *)"https://files.example/big";
    s->gathered_files[1].source_case = BAILIFF__V1__FILE__SOURCE_REMOTE;
    s->gathered_files[1].remote = &s->remote;
    set_stored(s, &s->gathered_files[2]);
    s->gather.n_inputs = 3;
    s->gather.inputs = (void *)s->gathered_list;
}

static void set_up_checker(struct job_scene *s)
{
    P(command)(&s->checker);
    P(compiled)(&s->compiled_checker);
    P(check)(&s->checker_check);
    s->compiled_checker.step = (char *)"compile";
    s->checker.language_case = BAILIFF__V1__COMMAND__LANGUAGE_COMPILED;
    s->checker.compiled = &s->compiled_checker;
    s->checker_check.kind_case = BAILIFF__V1__CHECK__KIND_CHECKER;
    s->checker_check.checker = &s->checker;
    s->checker_check.file = (char *)"answer.txt";
    s->steps[3].check = &s->checker_check;
}

static void set_up_gather(struct job_scene *s)
{
    P(command)(&s->gather);
    P(output)(&s->output);
    P(keep)(&s->keep);
    P(stdin)(&s->from_step);
    P(file)(&s->from_stdout);
    P(output_of)(&s->stream);
    s->gather_argv[0] = (char *)"/bin/sh";
    s->gather_argv[1] = (char *)"run";
    s->gather.n_argv = 2;
    s->gather.argv = s->gather_argv;
    s->env[0] = (char *)"MODE=all";
    s->gather.n_env = 1;
    s->gather.env = s->env;
    s->gather.workdir = (char *)"/box";
    s->gather.profile = (char *)"default";
    s->keep.return_bytes = 1024;
    s->output.glob = (char *)"*.txt";
    s->output.keep = &s->keep;
    s->output_list[0] = &s->output;
    s->gather.n_outputs = 1;
    s->gather.outputs = (void *)s->output_list;
    s->stream.step = (char *)"tests";
    s->stream.case_ = 2;
    s->stream.part_case = BAILIFF__V1__OUTPUT_OF__PART_STREAM;
    s->stream.stream = BAILIFF__V1__STREAM__STREAM_STDOUT;
    s->from_stdout.source_case = BAILIFF__V1__FILE__SOURCE_OUTPUT;
    s->from_stdout.output = &s->stream;
    s->from_step.source_case = BAILIFF__V1__STDIN__SOURCE_FILE;
    s->from_step.file = &s->from_stdout;
    s->gather.stdin = &s->from_step;
    set_up_gathered(s);
    set_up_checker(s);
    s->needs[0] = (char *)"talk";
    s->steps[3].n_needs = 1;
    s->steps[3].needs = s->needs;
}

static void set_up_step(struct job_scene *s, size_t n, const char *name, size_t commands,
                        void *list)
{
    P(step)(&s->steps[n]);
    s->steps[n].name = (char *)name;
    s->steps[n].n_commands = commands;
    s->steps[n].commands = list;
    s->step_list[n] = &s->steps[n];
}

void job_scene_set_up(struct job_scene *s)
{
    memset(s, 0, sizeof(*s));
    memset(s->digest, 0x5a, sizeof(s->digest));
    P(job)(&s->job);
    P(label)(&s->label);
    s->job.id = (char *)"s-17:1";
    s->job.tenant = (char *)"contest.1";
    s->job.priority = -5;
    s->label.key = (char *)"team";
    s->label.value = (char *)"caf\xC3\xA9";
    s->label_list[0] = &s->label;
    s->job.n_labels = 1;
    s->job.labels = (void *)s->label_list;
    s->job.deadline_ns = 60 * BL_NS_PER_S;
    s->job.detached = s->job.rerun_if_noisy = 1;
    s->job.parallel = 2;
    set_up_step(s, 0, "compile", 1, s->compile_list);
    set_up_step(s, 1, "tests", 1, s->test_list);
    set_up_step(s, 2, "talk", 2, s->talk_list);
    set_up_step(s, 3, "gather", 1, s->gather_list);
    s->compile_list[0] = &s->compile;
    s->gather_list[0] = &s->gather;
    s->job.n_steps = SCENE_STEPS;
    s->job.steps = (void *)s->step_list;
    set_up_compile(s);
    set_up_tests(s);
    set_up_talk(s);
    set_up_gather(s);
}

uint8_t *job_scene_pack(const struct job_scene *s, size_t *length)
{
    uint8_t *bytes;

    *length = bailiff__v1__job__get_packed_size(&s->job);
    bytes = malloc(*length + 1);
    if (!bytes)
        abort();
    (void)bailiff__v1__job__pack(&s->job, bytes);
    return bytes;
}

struct bl_job *job_scene_decode(const struct job_scene *s)
{
    size_t length;
    bl_autofree uint8_t *bytes = job_scene_pack(s, &length);
    struct bl_job *job = NULL;
    struct bl_err err = {.step = BL_STEP_NONE};

    if (bl_job_decode(&job, bytes, length, &err) != 0)
        fail_msg("%s", err.detail);
    memset(bytes, 0xA5, length);
    return job;
}
