/* Running out of memory turns one job away, and changes nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "bailiff/units.h"
#include "tests/unit/admission_scene.h"

static unsigned fails_in; /* which of the next calls fails; 0: none */

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);

void *__wrap_calloc(size_t count, size_t size)
{
    if (fails_in > 0 && --fails_in == 0) {
        errno = ENOMEM;
        return NULL;
    }
    return __real_calloc(count, size);
}

static void memory__none_for_the_admission(void **state)
{
    struct bl_admission_options options = bl_admission_default_options(1, BL_GIB);
    struct bl_admission *admission = NULL;
    struct bl_err err;

    (void)state;
    fails_in = 1;
    assert_int_equal(bl_admission_new(&admission, &options, &err), -1);
    assert_int_equal(err.step, BL_STEP_MEMORY);
    assert_null(admission);
}

static void memory__none_for_a_job_leaves_all_as_it_was(void **state)
{
    struct bl_admission_options options = bl_admission_default_options(1, BL_GIB);
    struct scene_job jobs[2] = {{.tenant = "a"}, {.tenant = "b"}};
    struct bl_admission_job request = scene_request(&jobs[0]);
    struct bl_admission_stats before, after;
    struct bl_ticket *ticket = NULL;
    struct admission_scene scene;
    struct bl_err err;

    (void)state;
    admission_scene_init(&scene, &options);
    scene_ask(&scene, &request);
    request = scene_request(&jobs[1]);
    before = bl_admission_stats(scene.admission);
    for (unsigned n = 1; n <= 2; n++) { /* the ticket, the tenant */
        fails_in = n;
        assert_int_equal(
            bl_admission_enqueue(scene.admission, &request, scene.now_ns, &ticket, &err), -1);
        assert_int_equal(err.step, BL_STEP_MEMORY);
        assert_int_equal(fails_in, 0);
        after = bl_admission_stats(scene.admission);
        assert_memory_equal(&before, &after, sizeof(before));
    }
    scene_ask(&scene, &request);
    (void)scene_pump(&scene);
    assert_int_equal(jobs[0].starts, 1);
    fails_in = 1;
    assert_null(bl_admission_extra(scene.admission, &request, scene.now_ns));
    fails_in = 0;
    admission_scene_release(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory__none_for_the_admission),
        cmocka_unit_test(memory__none_for_a_job_leaves_all_as_it_was),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
