/* Results as the queue keeps them: read, made, made smaller. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <bailiff/v1/result.pb-c.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/feeder/answer.h"

static Bailiff__V1__JobResult *unpack(const struct bl_bytes *bytes)
{
    Bailiff__V1__JobResult *result =
        bailiff__v1__job_result__unpack(NULL, bytes->length, bytes->bytes);

    assert_non_null(result);
    assert_non_null(result->done);
    return result;
}

static void release(Bailiff__V1__JobResult *result)
{
    bailiff__v1__job_result__free_unpacked(result, NULL);
}

/* A result that ended so; error: whose fault, or -1 for none. */
static enum bl_flow_answer answer_of(Bailiff__V1__End end, int fault)
{
    Bailiff__V1__JobResult result = BAILIFF__V1__JOB_RESULT__INIT;
    Bailiff__V1__JobDone done = BAILIFF__V1__JOB_DONE__INIT;
    Bailiff__V1__Error error = BAILIFF__V1__ERROR__INIT;
    uint8_t bytes[256];

    done.end = end;
    if (fault >= 0) {
        error.fault = (Bailiff__V1__Fault)fault;
        done.error = &error;
    }
    result.done = &done;
    return bl_answer_of_result(bytes, bailiff__v1__job_result__pack(&result, bytes));
}

static void answer__tells_what_stands_from_what_is_to_be_tried_again(void **state)
{
    (void)state;
    assert_int_equal(answer_of(BAILIFF__V1__END__END_COMPLETED, -1), BL_ANSWER_RESULT);
    assert_int_equal(answer_of(BAILIFF__V1__END__END_EXPIRED, -1), BL_ANSWER_RESULT);
    assert_int_equal(answer_of(BAILIFF__V1__END__END_CANCELLED, -1), BL_ANSWER_CANCELLED);
    assert_int_equal(answer_of(BAILIFF__V1__END__END_BROKEN, -1), BL_ANSWER_BROKEN);
    assert_int_equal(answer_of(BAILIFF__V1__END__END_BROKEN, BAILIFF__V1__FAULT__FAULT_HOST),
                     BL_ANSWER_BROKEN);
    assert_int_equal(answer_of(BAILIFF__V1__END__END_BROKEN, BAILIFF__V1__FAULT__FAULT_CLIENT),
                     BL_ANSWER_RESULT);
    assert_int_equal(answer_of(BAILIFF__V1__END__END_UNSPECIFIED, -1), BL_ANSWER_BROKEN);
}

static void answer__takes_garbage_for_a_broken_worker(void **state)
{
    static const uint8_t garbage[] = {0xff, 0xff, 0x01, 0x02};

    (void)state;
    assert_int_equal(bl_answer_of_result(garbage, sizeof(garbage)), BL_ANSWER_BROKEN);
    assert_int_equal(bl_answer_of_result(NULL, 0), BL_ANSWER_BROKEN);
}

static void answer__of_the_feeder_is_a_whole_result(void **state)
{
    static const struct {
        enum bl_flow_result made;
        Bailiff__V1__End end;
    } rows[] = {{BL_FLOW_RESULT_EXPIRED, BAILIFF__V1__END__END_EXPIRED},
                {BL_FLOW_RESULT_CANCELLED, BAILIFF__V1__END__END_CANCELLED},
                {BL_FLOW_RESULT_REFUSED, BAILIFF__V1__END__END_BROKEN}};
    struct bl_err err;

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(rows); i++) {
        struct bl_bytes bytes;
        Bailiff__V1__JobResult *result;

        assert_int_equal(bl_answer_make(&bytes, rows[i].made, "job-7", "bad \xff", &err), 0);
        result = unpack(&bytes);
        assert_string_equal(result->job_id, "job-7");
        assert_int_equal(result->done->end, rows[i].end);
        if (rows[i].made == BL_FLOW_RESULT_REFUSED) {
            assert_string_equal(result->done->error->message, "bad \xef\xbf\xbd");
            assert_int_equal(bl_answer_of_result(bytes.bytes, bytes.length), BL_ANSWER_RESULT);
        }
        release(result);
        bl_bytes_release(&bytes);
    }
}

/* One case with one command that wrote `output` bytes, and a name of `name` bytes. */
static struct bl_bytes large_result(size_t output, size_t name)
{
    Bailiff__V1__JobResult result = BAILIFF__V1__JOB_RESULT__INIT;
    Bailiff__V1__JobDone done = BAILIFF__V1__JOB_DONE__INIT;
    Bailiff__V1__CaseResult one = BAILIFF__V1__CASE_RESULT__INIT, *cases[] = {&one};
    Bailiff__V1__CommandResult command = BAILIFF__V1__COMMAND_RESULT__INIT;
    Bailiff__V1__CommandResult *commands[] = {&command};
    Bailiff__V1__Data data = BAILIFF__V1__DATA__INIT;
    bl_autofree uint8_t *written = calloc(1, output + 1);
    bl_autofree char *long_name = calloc(1, name + 1);
    struct bl_bytes bytes;

    assert_non_null(written);
    assert_non_null(long_name);
    memset(long_name, 'n', name);
    data.size_bytes = output;
    data.data = (ProtobufCBinaryData){output, written};
    command.stdout = &data;
    one.commands = commands;
    one.n_commands = 1;
    one.case_name = long_name;
    done.end = BAILIFF__V1__END__END_COMPLETED;
    result.done = &done;
    result.cases = cases;
    result.n_cases = 1;
    bytes.length = bailiff__v1__job_result__get_packed_size(&result);
    bytes.bytes = malloc(bytes.length);
    assert_non_null(bytes.bytes);
    (void)bailiff__v1__job_result__pack(&result, bytes.bytes);
    return bytes;
}

static void answer__that_is_too_large_loses_what_programs_wrote(void **state)
{
    struct bl_bytes large = large_result(2 << 20, 10), small;
    Bailiff__V1__JobResult *result;
    const Bailiff__V1__Data *data;
    struct bl_err err;

    (void)state;
    assert_int_equal(bl_answer_shrink(&small, large.bytes, large.length, 1 << 20, "j", &err), 0);
    result = unpack(&small);
    assert_int_equal(result->done->end, BAILIFF__V1__END__END_COMPLETED);
    data = result->cases[0]->commands[0]->stdout;
    assert_int_equal(data->size_bytes, 2 << 20);
    assert_int_equal(data->data.len, 0);
    assert_true(data->cut);
    release(result);
    bl_bytes_release(&small);
    bl_bytes_release(&large);
}

static void answer__that_stays_too_large_is_refused_in_words(void **state)
{
    struct bl_bytes large = large_result(0, 2 << 20), small;
    Bailiff__V1__JobResult *result;
    struct bl_err err;

    (void)state;
    assert_int_equal(bl_answer_shrink(&small, large.bytes, large.length, 4096, "j", &err), 0);
    assert_in_range(small.length, 1, 4096);
    result = unpack(&small);
    assert_int_equal(result->done->end, BAILIFF__V1__END__END_BROKEN);
    assert_non_null(strstr(result->done->error->message, "the queue's messages at most 4096"));
    release(result);
    bl_bytes_release(&small);
    bl_bytes_release(&large);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answer__tells_what_stands_from_what_is_to_be_tried_again),
        cmocka_unit_test(answer__takes_garbage_for_a_broken_worker),
        cmocka_unit_test(answer__of_the_feeder_is_a_whole_result),
        cmocka_unit_test(answer__that_is_too_large_loses_what_programs_wrote),
        cmocka_unit_test(answer__that_stays_too_large_is_refused_in_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
