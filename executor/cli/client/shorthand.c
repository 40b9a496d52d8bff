#include "executor/cli/client/shorthand.h"

#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/cli/client/test_folder.h"
#include "limits/ceilings.h"

/* The schema's structs have no const; what they point to is only read. */
#define TEXT(text) ((char *)(uintptr_t)(text))

struct builder {
    struct bl_draft *draft;
    const struct bl_submit_options *options;
    struct bl_err *err;
};

#define NEW(build, type) \
    bl_draft_message((build)->draft, &bailiff__v1__##type##__descriptor, (build)->err)

/* A list of messages with one more at its end, which is returned; NULL with the error set. */
static void *append(struct builder *build, void *list_place, size_t *count, size_t room,
                    const ProtobufCMessageDescriptor *type)
{
    void ***list = list_place, *message;

    if (!*list)
        *list = bl_arena_alloc(&build->draft->arena, room, sizeof(void *), build->err);
    message = *list ? bl_draft_message(build->draft, type, build->err) : NULL;
    if (message)
        (*list)[(*count)++] = message;
    return message;
}

static Bailiff__V1__File *new_file(struct builder *build, const char *path)
{
    Bailiff__V1__File *file = NEW(build, file);

    return file && bl_draft_file(build->draft, file, "", path, "", build->err) == 0 ? file : NULL;
}

static Bailiff__V1__Keep *new_keep(struct builder *build)
{
    Bailiff__V1__Keep *keep = NEW(build, keep);

    if (keep)
        keep->return_bytes = BL_SHORTHAND_OUTPUT_BYTES;
    return keep;
}

/* A step with one command. */
static Bailiff__V1__Command *add_step(struct builder *build, const char *name,
                                      Bailiff__V1__Step **out)
{
    enum { STEPS = 3 };
    Bailiff__V1__Job *job = build->draft->job;
    Bailiff__V1__Step *step =
        append(build, &job->steps, &job->n_steps, STEPS, &bailiff__v1__step__descriptor);

    if (!step)
        return NULL;
    step->name = TEXT(name);
    *out = step;
    return append(build, &step->commands, &step->n_commands, 1, &bailiff__v1__command__descriptor);
}

static int add_input(struct builder *build, Bailiff__V1__Command *command, const char *place,
                     const char *path, size_t room)
{
    const char *slash = strrchr(path, '/');
    Bailiff__V1__Input *input =
        append(build, &command->inputs, &command->n_inputs, room, &bailiff__v1__input__descriptor);

    if (!input)
        return -1;
    input->name =
        bl_arena_format(&build->draft->arena, build->err, "%s/%s", place, slash ? slash + 1 : path);
    input->file = input->name ? new_file(build, path) : NULL;
    return input->file ? 0 : -1;
}

static int add_compilation(struct builder *build, const char *name, const char *language,
                           const char *entrypoint, const char *const *sources)
{
    Bailiff__V1__Step *step;
    Bailiff__V1__Command *command = add_step(build, name, &step);
    size_t count = 0;

    if (!command)
        return -1;
    command->language_case = BAILIFF__V1__COMMAND__LANGUAGE_COMPILE;
    command->compile = NEW(build, compile);
    command->stdout = new_keep(build); /* where some compilers complain */
    command->stderr = new_keep(build);
    if (!command->compile || !command->stdout || !command->stderr)
        return -1;
    command->compile->language = TEXT(language);
    if (entrypoint)
        command->compile->entrypoint = TEXT(entrypoint);
    while (sources[count])
        count++;
    for (size_t i = 0; i < count; i++) {
        if (add_input(build, command, "/app", sources[i], count) < 0)
            return -1;
    }
    return 0;
}

static int set_compiled(struct builder *build, Bailiff__V1__Command *command, const char *step)
{
    command->language_case = BAILIFF__V1__COMMAND__LANGUAGE_COMPILED;
    command->compiled = NEW(build, compiled);
    if (!command->compiled)
        return -1;
    command->compiled->step = TEXT(step);
    return 0;
}

/* The schema calls the limits by the fields of BL_LIMITS. */
static int set_limits(struct builder *build, Bailiff__V1__Command *command)
{
    Bailiff__V1__Limits *limits = NEW(build, limits);

    if (!limits)
        return -1;
#define X(field, option, kind, least, most, otherwise)                              \
    if (build->options->limits.field > 0) {                                         \
        limits->field##_opt_case = protobuf_c_message_descriptor_get_field_by_name( \
                                       &bailiff__v1__limits__descriptor, #field)    \
                                       ->id;                                        \
        limits->field = build->options->limits.field;                               \
    }
    BL_LIMITS(X)
#undef X
    command->limits = limits;
    return 0;
}

static int set_tokens(struct builder *build, Bailiff__V1__Check *check)
{
    double tolerance = build->options->tolerance;

    check->kind_case = BAILIFF__V1__CHECK__KIND_TOKENS;
    check->tokens = NEW(build, tokens);
    if (!check->tokens || tolerance < 0)
        return check->tokens ? 0 : -1;
    check->tokens->absolute_opt_case = BAILIFF__V1__TOKENS__ABSOLUTE_OPT_ABSOLUTE;
    check->tokens->relative_opt_case = BAILIFF__V1__TOKENS__RELATIVE_OPT_RELATIVE;
    check->tokens->absolute = check->tokens->relative = tolerance;
    return 0;
}

static int set_checker(struct builder *build, Bailiff__V1__Check *check)
{
    const char *path = build->options->checker;
    Bailiff__V1__Command *command = NEW(build, command);

    if (!command)
        return -1;
    check->kind_case = BAILIFF__V1__CHECK__KIND_CHECKER;
    check->checker = command;
    if (build->options->checker_language)
        return set_compiled(build, command, "checker");
    if (add_input(build, command, "/app", path, 1) < 0)
        return -1;
    command->argv = bl_arena_alloc(&build->draft->arena, 1, sizeof(*command->argv), build->err);
    if (!command->argv)
        return -1;
    command->argv[0] = command->inputs[0]->name;
    command->n_argv = 1;
    return 0;
}

static int set_check(struct builder *build, Bailiff__V1__Step *step)
{
    Bailiff__V1__Check *check = NEW(build, check);

    if (!check)
        return -1;
    step->check = check;
    if (build->options->checker)
        return set_checker(build, check);
    if (!build->options->exact)
        return set_tokens(build, check);
    check->kind_case = BAILIFF__V1__CHECK__KIND_EXACT;
    check->exact = NEW(build, exact);
    return check->exact ? 0 : -1;
}

static int add_case(struct builder *build, Bailiff__V1__Step *step, const struct bl_test_file *test,
                    size_t room)
{
    Bailiff__V1__Case *made =
        append(build, &step->cases, &step->n_cases, room, &bailiff__v1__case__descriptor);

    if (!made)
        return -1;
    made->name = TEXT(test->name);
    made->group = TEXT(test->group);
    made->input = new_file(build, test->input);
    made->answer = made->input && test->answer ? new_file(build, test->answer) : NULL;
    return made->input && (made->answer || !test->answer) ? 0 : -1;
}

static int add_cases(struct builder *build, Bailiff__V1__Step *step)
{
    bl_autofree struct bl_test_file *tests = NULL;
    size_t count;

    if (bl_test_folder_list(build->options->tests, !build->options->checker, &build->draft->arena,
                            &tests, &count, build->err) < 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        if (add_case(build, step, &tests[i], count) < 0)
            return -1;
    }
    step->stop = build->options->stop;
    return set_check(build, step);
}

/* One run, whose output is what is wanted. */
static int set_only_run(struct builder *build, Bailiff__V1__Step *step)
{
    const struct bl_test_file test = {"", "", build->options->input, NULL};

    step->commands[0]->stdout = new_keep(build);
    if (!step->commands[0]->stdout)
        return -1;
    return build->options->input ? add_case(build, step, &test, 1) : 0;
}

int bl_shorthand_make(struct bl_draft *draft, const struct bl_submit_options *options,
                      const char *const *sources, struct bl_err *err)
{
    struct builder build = {draft, options, err};
    const char *const checker[] = {options->checker, NULL};
    Bailiff__V1__Step *step;
    Bailiff__V1__Command *command;

    if (add_compilation(&build, "compile", options->language, options->entrypoint, sources) < 0)
        return -1;
    if (options->checker_language &&
        add_compilation(&build, "checker", options->checker_language, NULL, checker) < 0)
        return -1;
    command = add_step(&build, options->tests ? "tests" : "run", &step);
    if (!command || set_compiled(&build, command, "compile") < 0 || set_limits(&build, command) < 0)
        return -1;
    command->stderr = new_keep(&build);
    if (!command->stderr)
        return -1;
    return options->tests ? add_cases(&build, step) : set_only_run(&build, step);
}
