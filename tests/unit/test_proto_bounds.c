/* Every bound of a job message: held to, and named with its path, in one table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "job_scene.h"
#include "limits/ceilings.h"
#include "proto/decode.h"

static struct job_scene scene;

/* Inputs at places of their own, one more than enough for 136 cases. */
static Bailiff__V1__Input **numbered_inputs(void)
{
    static Bailiff__V1__Input inputs[BL_JOB_INPUTS_MAX], *list[BL_JOB_INPUTS_MAX];
    static char names[BL_JOB_INPUTS_MAX][8];

    for (size_t i = 0; i < BL_JOB_INPUTS_MAX; i++) {
        inputs[i] = scene.sources[0];
        inputs[i].name = names[i];
        (void)snprintf(names[i], sizeof(names[i]), "n%zu", i);
        list[i] = &inputs[i];
    }
    return list;
}

/* A row: what is said (how it begins; NULL: nothing, it is a job), and what is done to the scene. A
 * list does row number n and says whether there is one. */
#define ROW(words, ...) \
    if (row++ == n) {   \
        __VA_ARGS__;    \
        *said = words;  \
        return true;    \
    }

typedef bool spoil_list(struct job_scene *s, unsigned n, const char **said);

static bool spoil_job(struct job_scene *s, unsigned n, const char **said)
{
    unsigned row = 0;

    ROW(NULL, (void)s)
    ROW(NULL, s->job.id = (char *)"")
    ROW(NULL, s->job.id = job_scene_text(128))
    ROW("id: 129 bytes are more than 128", s->job.id = job_scene_text(129))
    ROW("id: takes letters, digits and ._:- only", s->job.id = (char *)"a/b")
    ROW("id: is not UTF-8", s->job.id = (char *)"a\xFF")
    ROW("tenant: 65 bytes are more than 64", s->job.tenant = job_scene_text(65))
    ROW("tenant: takes letters, digits and ._- only", s->job.tenant = (char *)"a:b")
    ROW(NULL, s->job.priority = 1000)
    ROW("priority: 1001 is out of bounds: -1000 to 1000", s->job.priority = 1001)
    ROW("priority: -1001 is out of bounds: -1000 to 1000", s->job.priority = -1001)
    ROW(NULL, s->job.deadline_ns = 0)
    ROW("deadline_ns: 999999 is out of bounds: 1000000 to 604800000000000",
        s->job.deadline_ns = 999999)
    ROW("deadline_ns: 604800000000001 is out of bounds",
        s->job.deadline_ns = BL_JOB_DEADLINE_MOST_NS + 1)
    ROW("parallel: 65 is out of bounds: 1 to 64", s->job.parallel = 65)
    ROW("labels: 17 are more than 16", s->job.n_labels = 17; job_scene_repeat(s->label_list, 17))
    ROW("labels[1].key: \"team\" is given twice", s->job.n_labels = 2;
        job_scene_repeat(s->label_list, 2))
    ROW("labels[0].key: is empty", s->label.key = (char *)"")
    ROW("labels[0].key: 65 bytes are more than 64", s->label.key = job_scene_text(65))
    ROW("labels[0].value: 257 bytes are more than 256", s->label.value = job_scene_text(257))
    ROW("labels[0].value: has a control character", s->label.value = (char *)"a\nb")
    ROW("labels[0].value: has a control character", s->label.value = (char *)"a\xC2\x9B"
                                                                             "b")
    ROW("labels[0].value: is not UTF-8", s->label.value = (char *)"\xC3")
    ROW("steps: 0: a job has 1 to 64", s->job.n_steps = 0)
    ROW("steps: 65: a job has 1 to 64", s->job.n_steps = 65; job_scene_repeat(s->step_list, 65))
    ROW("steps[1].name: \"compile\" is the name of steps[0]", s->steps[1].name = (char *)"compile")
    ROW("steps[0].name: is empty", s->steps[0].name = (char *)"")
    ROW("steps[0].name: 65 bytes are more than 64", s->steps[0].name = job_scene_text(65))
    ROW("steps[1].stop: 3 is no value of this field", s->steps[1].stop = (Bailiff__V1__Stop)3)
    ROW("steps[1].stop: -1 is no value of this field", s->steps[1].stop = (Bailiff__V1__Stop)-1)
    ROW("steps[3].needs[0]: \"gather\" is no earlier step", s->needs[0] = (char *)"gather")
    ROW("steps[3].needs[0]: \"\" is no earlier step", s->needs[0] = (char *)"")
    ROW("steps[3].needs: 65 are more than 64", s->steps[3].n_needs = 65;
        job_scene_repeat(s->needs, 65))
    ROW("steps[1].commands: 0: a step has 1 to 8", s->steps[1].n_commands = 0)
    ROW("steps[1].commands: 9: a step has 1 to 8", s->steps[1].n_commands = 9;
        job_scene_repeat(s->test_list, 9))
    ROW("steps[0].commands[0].compile: is the only command of its step", s->steps[0].n_commands = 2;
        job_scene_repeat(s->compile_list, 2))
    ROW("steps[0].commands[0].compile: is the only command of its step", s->steps[0].n_cases = 1;
        s->steps[0].cases = (void *)s->case_list)
    ROW("steps[0].commands[0].compile: is the only command of its step",
        s->steps[0].check = &s->tokens_check)
    ROW("steps[0].commands[0].compile.language: is empty", s->compiling.language = (char *)"")
    ROW("steps[0].commands[0].compile.language: takes letters, digits and _+- only",
        s->compiling.language = (char *)"../cpp")
    ROW(NULL, s->compiling.entrypoint = (char *)"")
    ROW("steps[0].commands[0].compile.entrypoint: \"../x\" has a \"..\" component",
        s->compiling.entrypoint = (char *)"../x")
    ROW("steps[0].commands[0].compile.entrypoint: \"/x\" is not relative to the box",
        s->compiling.entrypoint = (char *)"/x")
    ROW("steps[1].commands[0].compiled.step: \"tests\" is no earlier step",
        s->compiled.step = (char *)"tests")
    ROW("steps[2].commands[0].compiled.step: \"tests\" compiles nothing",
        s->compiled_too.step = (char *)"tests")
    ROW("steps[3].commands[0].argv: names no program", s->gather.n_argv = 0)
    ROW("steps[3].commands[0].argv: names no program", s->gather_argv[0] = (char *)"")
    ROW(NULL, s->gather.n_argv = 4095; job_scene_repeat(s->gather_argv, 4095))
    ROW("steps[3].commands[0]: 4097 arguments and environment strings are more than 4096",
        s->gather.n_argv = 4096;
        job_scene_repeat(s->gather_argv, 4096))
    ROW("steps[3].commands[0]: arguments and environment: 98314 bytes are more than 98304",
        s->gather_argv[1] = job_scene_text(98296))
    ROW("steps[1].cases[1].args: 4097 arguments", s->cases[1].n_args = 4097;
        job_scene_repeat(s->args, 4097))
    ROW("steps[1].cases[1].check_args: 4097 arguments", s->cases[1].n_check_args = 4097;
        job_scene_repeat(s->check_args, 4097))
    ROW("steps[1].cases[1].args[0]: is not UTF-8", s->args[0] = (char *)"\xED\xA0\x80")
    ROW("steps[3].commands[0].env[0]: is not NAME=VALUE", s->env[0] = (char *)"=x")
    ROW("steps[3].commands[0].env[0]: is not NAME=VALUE", s->env[0] = (char *)"x")
    ROW("steps[3].commands[0].workdir: is not an absolute path", s->gather.workdir = (char *)"box")
    ROW("steps[3].commands[0].workdir: 201 bytes are more than 200",
        s->gather.workdir = job_scene_text(201);
        s->gather.workdir[0] = '/')
    ROW("steps[3].commands[0].profile: 64 bytes are more than 63",
        s->gather.profile = job_scene_text(64))
    ROW("steps[3].commands[0].profile: has a control character", s->gather.profile = (char *)"\x1b")
    ROW("steps[3].commands[0].collect_bytes: 0 is out of bounds: 1 to 1099511627776",
        s->gather.collect_bytes_opt_case = BAILIFF__V1__COMMAND__COLLECT_BYTES_OPT_COLLECT_BYTES)
    ROW("steps[3].commands[0].collect_bytes: 1099511627777 is out of bounds",
        s->gather.collect_bytes_opt_case = BAILIFF__V1__COMMAND__COLLECT_BYTES_OPT_COLLECT_BYTES;
        s->gather.collect_bytes = (UINT64_C(1) << 40) + 1)
    ROW("steps[3].commands[0].outputs: 25 are more than 24", s->gather.n_outputs = 25;
        s->keep.return_bytes = 0; job_scene_repeat(s->output_list, 25))
    ROW("steps[3].commands[0].outputs[0].glob: \"/etc\" is not relative to the box",
        s->output.glob = (char *)"/etc")
    ROW("steps[3].commands[0].outputs[0].glob: \"a/../b\" has a \"..\" component",
        s->output.glob = (char *)"a/../b")
    ROW(NULL, s->keep.return_bytes = BL_JOB_RETURN_MAX)
    ROW("steps[3].commands[0].outputs[0].keep.return_bytes: 3145729, and 0 before it",
        s->keep.return_bytes = BL_JOB_RETURN_MAX + 1)
    ROW("steps[1].commands[0].stderr.return_bytes: 4096, and 3145728 before it in this step: a "
        "case returns at most 3145728",
        s->keep_stdout.return_bytes = BL_JOB_RETURN_MAX)
    ROW("stdout.return_bytes: 18446744073709551615, and 0",
        s->keep_stdout.return_bytes = UINT64_MAX)
    return false;
}

static bool spoil_files(struct job_scene *s, unsigned n, const char **said)
{
    unsigned row = 0;

    ROW("steps[3].commands[0].inputs: 121 are more than 120", s->gather.n_inputs = 121;
        job_scene_repeat(s->gathered_list, 121))
    ROW("steps[0].commands[0].inputs[1].name: \"/app/main.cpp\" is given twice",
        s->sources[1].name = (char *)"/app/main.cpp")
    ROW("steps[3].commands[0].inputs[1].name: \"/box/all\" is given twice",
        s->gathered[1].name = (char *)"/box/all")
    ROW("steps[3].commands[0].inputs[1].name: \"all/x\" is below another input",
        s->gathered[1].name = (char *)"all/x")
    ROW("steps[3].commands[0].inputs[0].name: \"/tmp/x\" is a place of the sandbox's own",
        s->gathered[0].name = (char *)"/tmp/x")
    ROW("steps[0].commands[0].inputs[1].name: \"/app\" is a place of the sandbox's own",
        s->sources[1].name = (char *)"/app")
    ROW("steps[1].commands[0].inputs[0].name: \"/app/lib.h\" is below /app: the compiled program "
        "is "
        "there",
        s->test.n_inputs = 1;
        s->test.inputs = (void *)&s->source_list[1])
    ROW("steps[1].cases[0].inputs[0].name: \"/app/lib.h\" is below /app: only a command's own can "
        "be",
        s->cases[0].n_inputs = 1;
        s->cases[0].inputs = (void *)&s->source_list[1])
    ROW("steps[1].cases[0].inputs[1].name: \"lib.h\" is given twice", s->cases[0].n_inputs = 2;
        s->cases[0].inputs = (void *)s->source_list; s->compile.n_inputs = 1;
        s->sources[0].name = s->sources[1].name = (char *)"lib.h")
    ROW("steps[1].cases[0].inputs[1].name: \"lib.h/x\" is below another input",
        s->cases[0].n_inputs = 2;
        s->cases[0].inputs = (void *)s->source_list; s->compile.n_inputs = 1;
        s->sources[0].name = (char *)"lib.h"; s->sources[1].name = (char *)"lib.h/x")
    ROW("steps[1].cases[0].inputs: 121 with the command's are more than 120", s->test.n_inputs = 2;
        s->test.inputs = (void *)s->source_list; s->cases[0].n_inputs = 119;
        s->sources[0].name = (char *)"a"; s->sources[1].name = (char *)"b";
        s->cases[0].inputs = (void *)s->gathered_list; s->gathered_list[0] = &s->gathered[2];
        job_scene_repeat(s->gathered_list, 119); s->gather.n_inputs = 0)
    ROW("steps[1].cases[136].inputs: a job's commands and cases have at most 16384 together",
        s->steps[1].n_cases = 137;
        job_scene_repeat(s->case_list, 137); s->test.n_inputs = 0; s->cases[0].n_inputs = 120;
        s->stream.case_ = 0; s->cases[0].inputs = (void *)numbered_inputs())
    ROW("steps[3].commands[0].inputs[2].name: \"/proc/self\" is a place of the sandbox's own",
        s->gathered[2].name = (char *)"/proc/self")
    ROW("steps[3].commands[0].inputs[0].name: \"\" is empty", s->gathered[0].name = (char *)"")
    ROW("steps[3].commands[0].inputs[0].file: has no source", s->gathered[0].file = NULL)
    ROW("steps[3].commands[0].inputs[0].file: has no source",
        s->gathered_files[0].source_case = BAILIFF__V1__FILE__SOURCE__NOT_SET)
    ROW("steps[3].commands[0].inputs[2].file.sha256: 31 bytes: a SHA-256 digest has 32",
        s->gathered_files[2].sha256.len = 31)
    ROW("steps[1].cases[2].input.sha256: 0 bytes: a SHA-256 digest has 32",
        s->inputs[2].sha256.len = 0)
    ROW("steps[3].commands[0].inputs[1].file.remote.sha256: 1 bytes", s->remote.sha256.len = 1)
    ROW("inputs[1].file.remote.url: takes http:// or https://", s->remote.url = (char *)"file:///x")
    ROW("inputs[1].file.remote.url: takes http:// or https://", s->remote.url = (char *)"http://")
    ROW("inputs[1].file.remote.url: takes http:// or https://", s->remote.url = (char *)"http:///x")
    ROW("inputs[1].file.remote.url: takes http:// or", s->remote.url = (char *)"http://a/\xC3\xA9")
    ROW("inputs[1].file.remote.url: takes http:// or", s->remote.url = (char *)"http://a/b c")
    ROW("inputs[1].file.remote.url: 2049 bytes are more than 2048",
        s->remote.url = job_scene_text(2049))
    ROW("inputs[0].file.output.step: \"gather\" is no earlier step",
        s->folder.step = (char *)"gather")
    ROW("inputs[0].file.output.case: 1: step \"compile\" has 1", s->folder.case_ = 1)
    ROW("inputs[0].file.output.command: 1: step \"compile\" has 1", s->folder.command = 1)
    ROW("inputs[0].file.output: that command has no outputs", s->folder.step = (char *)"tests")
    ROW(NULL, s->folder.part_case = BAILIFF__V1__OUTPUT_OF__PART_NAME;
        s->folder.name = (char *)"program")
    ROW("inputs[0].file.output.name: \"\" is empty",
        s->folder.part_case = BAILIFF__V1__OUTPUT_OF__PART_NAME;
        s->folder.name = (char *)"")
    ROW("inputs[0].file.output.name: \"/a\" is not relative to the box",
        s->folder.part_case = BAILIFF__V1__OUTPUT_OF__PART_NAME;
        s->folder.name = (char *)"/a")
    ROW("steps[3].commands[0].stdin.file.output.case: 3: step \"tests\" has 3", s->stream.case_ = 3)
    ROW("stdin.file.output.stream: is neither STREAM_STDOUT nor STREAM_STDERR",
        s->stream.stream = BAILIFF__V1__STREAM__STREAM_UNSPECIFIED)
    ROW("stdin.file.output.stream: 9 is no value of this field",
        s->stream.stream = (Bailiff__V1__Stream)9)
    ROW("stdin.file.output.stream: another command reads it through a pipe",
        s->stream.step = (char *)"talk";
        s->stream.case_ = 0)
    ROW("stdin.file.output: names neither a file nor a stream: a folder is no file",
        s->stream.part_case = BAILIFF__V1__OUTPUT_OF__PART__NOT_SET)
    ROW("steps[3].commands[0].stdin: is none of file, pipe_from, empty",
        s->from_step.source_case = BAILIFF__V1__STDIN__SOURCE__NOT_SET)
    ROW("steps[3].commands[0].stdin.file: has no source",
        s->from_stdout.source_case = BAILIFF__V1__FILE__SOURCE__NOT_SET)
    ROW("steps[2].commands[0].stdin.pipe_from: 2: the step has 2 commands",
        s->from_interactor.pipe_from = 2)
    ROW("steps[2].commands[0].stdin.pipe_from: 0 is the command itself",
        s->from_interactor.pipe_from = 0)
    ROW("steps[2].commands[2].stdin.pipe_from: commands[1] reads from commands[0] already",
        s->steps[2].n_commands = 3;
        s->talk_list[2] = &s->interactor)
    ROW("steps[2].commands[1].stdin.pipe_from: the stdout of commands[0] is to be kept",
        s->talker.stdout = &s->keep_stdout)
    return false;
}

static bool spoil_cases(struct job_scene *s, unsigned n, const char **said)
{
    unsigned row = 0;

    ROW("steps[1].cases: a job's steps have at most 4096 together", s->steps[1].n_cases = 4096;
        job_scene_repeat(s->case_list, 4096))
    ROW(NULL, s->steps[1].n_cases = 4093; s->stream.case_ = 0; job_scene_repeat(s->case_list, 4093))
    ROW("steps[1].cases[0].name: 129 bytes are more than 128",
        s->cases[0].name = job_scene_text(129))
    ROW("steps[1].cases[0].name: has a control character", s->cases[0].name = (char *)"a\tb")
    ROW("steps[1].cases[2].group: 65 bytes are more than 64",
        s->cases[2].group = job_scene_text(65))
    ROW("steps[1].cases[2].answer: is missing: the check compares with it",
        s->cases[2].answer = NULL)
    ROW("steps[1].cases[0].answer: has no source",
        s->answers[0].source_case = BAILIFF__V1__FILE__SOURCE__NOT_SET)
    ROW("steps[1].check: is none of exact, tokens, checker, interactor",
        s->tokens_check.kind_case = BAILIFF__V1__CHECK__KIND__NOT_SET)
    ROW("steps[1].check.command: 1: the step has 1", s->tokens_check.command = 1)
    ROW(NULL, s->tokens.absolute = 0)
    ROW("steps[1].check.tokens.absolute: takes a finite number", s->tokens.absolute = -1e-300)
    ROW("steps[1].check.tokens.absolute: takes a finite number", s->tokens.absolute = (double)NAN)
    ROW("steps[1].check.tokens.absolute: takes a finite", s->tokens.absolute = (double)INFINITY)
    ROW("steps[1].check.tokens.relative: takes a finite number",
        s->tokens.relative_opt_case = BAILIFF__V1__TOKENS__RELATIVE_OPT_RELATIVE;
        s->tokens.relative = -(double)INFINITY)
    ROW("steps[1].check.file: \"a*\" has one of *?[\\ in it", s->tokens_check.file = (char *)"a*")
    ROW("steps[1].check.file: \"../a\" has a \"..\" component",
        s->tokens_check.file = (char *)"../a")
    ROW("steps[2].check.interactor.command: 2: the step has 2", s->interacting.command = 2)
    ROW("steps[2].check.interactor.command: 0 is the program itself", s->interacting.command = 0)
    ROW("steps[2].check.file: an interactor judges no output", s->talk_check.file = (char *)"a")
    ROW("steps[2].check.command: an interactor judges no output", s->talk_check.command = 1)
    ROW("steps[2].check: commands[0] writes to another command",
        s->talk_check.kind_case = BAILIFF__V1__CHECK__KIND_TOKENS;
        s->talk_check.tokens = &s->tokens; s->talk_case.answer = &s->talk_input)
    ROW("steps[3].check.checker.stdin: is what the checker judges",
        s->checker.stdin = &s->from_talker)
    ROW("steps[3].check.checker.compile: needs a step of its own",
        s->checker.language_case = BAILIFF__V1__COMMAND__LANGUAGE_COMPILE;
        s->checker.compile = &s->compiling)
    ROW("steps[3].check.checker.argv: names no program",
        s->checker.language_case = BAILIFF__V1__COMMAND__LANGUAGE__NOT_SET)
    return false;
}

static int decode_scene(struct bl_job **job, struct bl_err *err)
{
    size_t length;
    bl_autofree uint8_t *bytes = job_scene_pack(&scene, &length);

    return bl_job_decode(job, bytes, length, err);
}

/* Each row by itself, on a scene that is whole but for it. */
static void try_all(spoil_list *spoil)
{
    const char *said = NULL;

    for (unsigned n = 0;; n++) {
        struct bl_job *job = NULL;
        struct bl_err err = {.step = BL_STEP_NONE};
        int result;

        job_scene_set_up(&scene);
        if (!spoil(&scene, n, &said)) {
            assert_true(n > 0);
            return;
        }
        result = decode_scene(&job, &err);
        job_scene_forget_texts();
        if (result == 0 && said)
            fail_msg("row %u: nothing was said instead of \"%s\"", n, said);
        if (result != 0 && (!said || !strstr(err.detail, said)))
            fail_msg("row %u: \"%s\" instead of \"%s\"", n, err.detail, said ? said : "");
        assert_int_equal(err.step, said ? BL_STEP_FIELD : BL_STEP_NONE);
        bl_job_free(&job);
    }
}

static void decode__names_what_is_wrong_with_a_job(void **state)
{
    (void)state;
    try_all(spoil_job);
}

static void decode__names_what_is_wrong_with_files(void **state)
{
    (void)state;
    try_all(spoil_files);
}

static void decode__names_what_is_wrong_with_cases_and_checks(void **state)
{
    (void)state;
    try_all(spoil_cases);
}

/* Where the message keeps a limit, by the rows of ceilings.h. */
static const struct {
    const char *field;
    size_t given, value;
} limits[] = {
#define X(field, option, kind, least, most, otherwise) \
    {#field, offsetof(Bailiff__V1__Limits, field##_opt_case), offsetof(Bailiff__V1__Limits, field)},
    BL_LIMITS(X)
#undef X
};

/* Sets the limit of steps[1] and decodes. Returns what bl_job_decode() does. */
static int decode_limit(size_t row, uint64_t value, struct bl_job **job, struct bl_err *err)
{
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(
        &bailiff__v1__limits__descriptor, limits[row].field);

    job_scene_set_up(&scene);
    memcpy((char *)&scene.limits + limits[row].given, &field->id, sizeof(field->id));
    memcpy((char *)&scene.limits + limits[row].value, &value, sizeof(value));
    return decode_scene(job, err);
}

static void decode__holds_each_limit_to_its_bounds(void **state)
{
    size_t count;
    const struct bl_limit_row *rows = bl_limit_rows(&count);
    char path[128];

    (void)state;
    assert_int_equal(count, BL_ARRAY_LEN(limits));
    for (size_t i = 0; i < count; i++) {
        const uint64_t good[] = {rows[i].least, rows[i].most};
        const uint64_t bad[] = {0, rows[i].least - 1, rows[i].most + 1, UINT64_MAX};
        struct bl_job *job = NULL;
        struct bl_err err;

        for (size_t k = 0; k < BL_ARRAY_LEN(good); k++) {
            assert_int_equal(decode_limit(i, good[k], &job, &err), 0);
            assert_true(bl_limit_get(&job->steps[1].commands[0].limits, &rows[i]) == good[k]);
            assert_true(job->steps[1].commands[0].limits_set & 1u << i);
            bl_job_free(&job);
        }
        (void)snprintf(path, sizeof(path), "steps[1].commands[0].limits.%s: %s: ", limits[i].field,
                       rows[i].option);
        for (size_t k = 0; k < BL_ARRAY_LEN(bad); k++) {
            assert_int_equal(decode_limit(i, bad[k], &job, &err), -1);
            assert_memory_equal(err.detail, path, strlen(path));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decode__names_what_is_wrong_with_a_job),
        cmocka_unit_test(decode__names_what_is_wrong_with_files),
        cmocka_unit_test(decode__names_what_is_wrong_with_cases_and_checks),
        cmocka_unit_test(decode__holds_each_limit_to_its_bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
