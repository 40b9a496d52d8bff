/* Keys, subjects and lanes: names come back as they were, and no two share a subject. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/queue/names.h"

static void key__brings_names_back(void **state)
{
    static const char *const names[][2] = {
        {"a", "b"}, {"blue.team", "s-4711.2:x"}, {"A-Z_0.9", "..."}, {"t", "id_with-all.of:them"}};
    char key[BL_QUEUE_KEY_MAX], tenant[BL_JOB_TENANT_MAX + 1], id[BL_JOB_ID_MAX + 1];
    struct bl_err err;

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(names); i++) {
        assert_int_equal(bl_queue_key(key, names[i][0], names[i][1], &err), 0);
        assert_ptr_equal(strchr(key, '.'), strrchr(key, '.'));
        assert_true(bl_queue_key_parse(key, tenant, id));
        assert_string_equal(tenant, names[i][0]);
        assert_string_equal(id, names[i][1]);
    }
}

static void key__takes_names_of_the_greatest_length(void **state)
{
    char key[BL_QUEUE_KEY_MAX], tenant[BL_JOB_TENANT_MAX + 2] = "", id[BL_JOB_ID_MAX + 2] = "";
    char subject[BL_QUEUE_SUBJECT_MAX];
    struct bl_err err;

    (void)state;
    memset(tenant, 't', BL_JOB_TENANT_MAX);
    memset(id, 'i', BL_JOB_ID_MAX);
    assert_int_equal(bl_queue_key(key, tenant, id, &err), 0);
    assert_int_equal(strlen(key), BL_QUEUE_KEY_MAX - 1);
    assert_int_equal(strlen(bl_queue_subject(subject, "results", key)), 8 + strlen(key));
    tenant[BL_JOB_TENANT_MAX] = 't';
    assert_int_equal(bl_queue_key(key, tenant, id, &err), -1);
    assert_int_equal(err.step, BL_STEP_FIELD);
    tenant[BL_JOB_TENANT_MAX] = '\0';
    id[BL_JOB_ID_MAX] = 'i';
    assert_int_equal(bl_queue_key(key, tenant, id, &err), -1);
}

static void key__refuses_what_is_no_name(void **state)
{
    static const char *const wrong[] = {"", "a b", "a*", ">", "a=b", "a/b", "\xc3\xa4", "a\n"};
    static const char *const keys[] = {"",    "a",   ".",    "a.",   ".b",    "a.b.c",
                                       "a.*", ">.b", "a:.b", "a.b ", "a.b#1", "\xff.b"};
    char key[BL_QUEUE_KEY_MAX], tenant[BL_JOB_TENANT_MAX + 1], id[BL_JOB_ID_MAX + 1];
    struct bl_err err;

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(wrong); i++) {
        assert_int_equal(bl_queue_key(key, wrong[i], "id", &err), -1);
        assert_int_equal(bl_queue_key(key, "tenant", wrong[i], &err), -1);
    }
    for (size_t i = 0; i < BL_ARRAY_LEN(keys); i++)
        assert_false(bl_queue_key_parse(keys[i], tenant, id));
}

static void lane__goes_by_subject_and_consumer(void **state)
{
    struct bl_queue_lane lane, back;
    char subject[BL_QUEUE_SUBJECT_MAX], consumer[BL_QUEUE_LANE_TEXT_MAX];

    (void)state;
    assert_true(bl_queue_lane_parse("jobs.blue=team.high", &lane));
    assert_string_equal(lane.tenant, "blue.team");
    assert_int_equal(lane.class, BL_QUEUE_HIGH);
    assert_string_equal(bl_queue_lane_consumer(&lane, consumer), "blue=team_high");
    assert_string_equal(bl_queue_lane_subject(&lane, subject), "jobs.blue=team.high");
    assert_true(bl_queue_lane_parse(subject, &back));
    assert_string_equal(back.tenant, lane.tenant);
}

static void lane__refuses_other_subjects(void **state)
{
    static const char *const wrong[] = {"",           "jobs.",      "jobs.a",     "jobs.a.",
                                        "jobs.a.b",   "jobs..high", "job.a.high", "jobs.a.high.x",
                                        "jobs.*.low", "jobs.a.HIGH"};
    struct bl_queue_lane lane = {.tenant = "untouched"};

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(wrong); i++)
        assert_false(bl_queue_lane_parse(wrong[i], &lane));
    assert_string_equal(lane.tenant, "untouched");
}

static void class__follows_the_priority(void **state)
{
    (void)state;
    assert_int_equal(bl_queue_class_of(1), BL_QUEUE_HIGH);
    assert_int_equal(bl_queue_class_of(0), BL_QUEUE_NORMAL);
    assert_int_equal(bl_queue_class_of(-1000), BL_QUEUE_LOW);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(key__brings_names_back),
        cmocka_unit_test(key__takes_names_of_the_greatest_length),
        cmocka_unit_test(key__refuses_what_is_no_name),
        cmocka_unit_test(lane__goes_by_subject_and_consumer),
        cmocka_unit_test(lane__refuses_other_subjects),
        cmocka_unit_test(class__follows_the_priority),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
