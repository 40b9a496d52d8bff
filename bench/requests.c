#include "bench/requests.h"

static char true_path[] = "/bin/true", main_c[] = "/app/main.c", c[] = "c";
static char compile_name[] = "compile", tests_name[] = "tests", only_name[] = "only";

/* Ten milliseconds of work. */
static char source[] = "#include <time.h>\n"
                       "int main(void)\n"
                       "{\n"
                       "    struct timespec now;\n"
                       "    do\n"
                       "        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);\n"
                       "    while (now.tv_nsec < 10000000);\n"
                       "    return 0;\n"
                       "}\n";

int bl_request_of_empty(struct bl_request *request, struct bl_err *err)
{
    Bailiff__V1__Job job = BAILIFF__V1__JOB__INIT;
    Bailiff__V1__Step step = BAILIFF__V1__STEP__INIT, *steps[] = {&step};
    Bailiff__V1__Command command = BAILIFF__V1__COMMAND__INIT, *commands[] = {&command};
    char *argv[] = {true_path};

    command.argv = argv;
    command.n_argv = 1;
    step.name = only_name;
    step.commands = commands;
    step.n_commands = 1;
    job.steps = steps;
    job.n_steps = 1;
    return bl_request_pack(request, &job, err);
}

int bl_request_of_submission(struct bl_request *request, unsigned cases, struct bl_err *err)
{
    Bailiff__V1__Job job = BAILIFF__V1__JOB__INIT;
    Bailiff__V1__Step compile = BAILIFF__V1__STEP__INIT, tests = BAILIFF__V1__STEP__INIT;
    Bailiff__V1__Step *steps[] = {&compile, &tests};
    Bailiff__V1__Command compiler = BAILIFF__V1__COMMAND__INIT, *compilers[] = {&compiler};
    Bailiff__V1__Command program = BAILIFF__V1__COMMAND__INIT, *programs[] = {&program};
    Bailiff__V1__Compile how = BAILIFF__V1__COMPILE__INIT;
    Bailiff__V1__Compiled what = BAILIFF__V1__COMPILED__INIT;
    Bailiff__V1__Input input = BAILIFF__V1__INPUT__INIT, *inputs[] = {&input};
    Bailiff__V1__File file = BAILIFF__V1__FILE__INIT;
    Bailiff__V1__Case one = BAILIFF__V1__CASE__INIT, *list[BL_REQUEST_CASES_MAX];

    how.language = c;
    file.source_case = BAILIFF__V1__FILE__SOURCE_INLINE;
    file.inline_ = (ProtobufCBinaryData){.len = sizeof(source) - 1, .data = (uint8_t *)source};
    input.name = main_c;
    input.file = &file;
    compiler.language_case = BAILIFF__V1__COMMAND__LANGUAGE_COMPILE;
    compiler.compile = &how;
    compiler.inputs = inputs;
    compiler.n_inputs = 1;
    compile.name = compile_name;
    compile.commands = compilers;
    compile.n_commands = 1;
    what.step = compile_name;
    program.language_case = BAILIFF__V1__COMMAND__LANGUAGE_COMPILED;
    program.compiled = &what;
    for (unsigned i = 0; i < cases; i++)
        list[i] = &one;
    tests.name = tests_name;
    tests.commands = programs;
    tests.n_commands = 1;
    tests.cases = list;
    tests.n_cases = cases;
    job.steps = steps;
    job.n_steps = 2;
    return bl_request_pack(request, &job, err);
}
