/* What jobs claim stays, within bounds, and nothing else changes for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>

#include "executor/server/store_claim.h"
#include "tests/unit/store_scene.h"

enum { QUARTER = 256 * 1024 }; /* of the scene's store */

static struct bl_claim *claim_of(struct store_scene *scene, size_t count)
{
    struct bl_claim *claim;
    struct bl_err err;

    assert_int_equal(bl_claim_new(&claim, scene->store, count, &err), 0);
    return claim;
}

static void claim__keeps_a_file_until_it_is_given_up(void **state)
{
    struct store_scene *scene = *state;
    struct bl_digest first = store_scene_put(scene, 'a', QUARTER);
    struct bl_claim *claim = claim_of(scene, 2), *other = claim_of(scene, 1);

    bl_claim_add(claim, &first);
    bl_claim_add(claim, &first); /* named twice */
    bl_claim_add(other, &first);
    for (char letter = 'b'; letter < 'h'; letter++)
        (void)store_scene_put(scene, letter, QUARTER);
    assert_true(bl_store_has(scene->store, &first));
    bl_claim_free(&claim);
    for (char letter = 'h'; letter < 'm'; letter++)
        (void)store_scene_put(scene, letter, QUARTER);
    assert_true(bl_store_has(scene->store, &first)); /* the other job's */
    assert_int_equal(store_scene_usage(scene).bytes_pinned, QUARTER);
    bl_claim_free(&other);
    bl_claim_free(&other); /* no harm in that */
    assert_int_equal(store_scene_usage(scene).bytes_pinned, 0);
    for (char letter = 'm'; letter < 'r'; letter++)
        (void)store_scene_put(scene, letter, QUARTER);
    assert_false(bl_store_has(scene->store, &first));
}

static void claim__leaves_half_of_the_store_to_others(void **state)
{
    struct store_scene *scene = *state;
    struct bl_claim *claim = claim_of(scene, 4);
    struct bl_digest files[3];

    for (size_t i = 0; i < 3; i++) {
        files[i] = store_scene_put(scene, (char)('a' + i), QUARTER);
        bl_claim_add(claim, &files[i]);
    }
    assert_int_equal(store_scene_usage(scene).bytes_pinned, 2 * QUARTER);
    (void)store_scene_put(scene, 'x', QUARTER);
    (void)store_scene_put(scene, 'y', 2 * QUARTER); /* there is room */
    assert_true(bl_store_has(scene->store, &files[0]));
    assert_true(bl_store_has(scene->store, &files[1]));
    assert_false(bl_store_has(scene->store, &files[2]));
    bl_claim_add(claim, &files[2]); /* is not there: nothing happens */
    bl_claim_free(&claim);
    assert_int_equal(store_scene_usage(scene).files_pinned, 0);
}

static void claim__is_bounded_in_files(void **state)
{
    struct store_scene *scene = *state;
    struct bl_claim *claim;
    struct bl_digest file;

    scene->limits.files_max = 4;
    store_scene_reopen(scene);
    claim = claim_of(scene, 3);
    for (char letter = 'a'; letter < 'd'; letter++) {
        file = store_scene_put(scene, letter, 1);
        bl_claim_add(claim, &file);
    }
    assert_int_equal(store_scene_usage(scene).files_pinned, 2);
    bl_claim_free(&claim);
}

static void claim__does_not_keep_what_is_damaged(void **state)
{
    struct store_scene *scene = *state;
    struct bl_digest file = store_scene_put(scene, 'a', QUARTER);
    struct bl_claim *claim = claim_of(scene, 1);

    bl_claim_add(claim, &file);
    store_scene_damage(scene, &file);
    assert_int_equal(store_scene_refusal(scene, &file), BL_STEP_STORE_MISSING);
    assert_false(bl_store_has(scene->store, &file));
    assert_int_equal(store_scene_put(scene, 'a', QUARTER).bytes[0], file.bytes[0]);
    assert_true(bl_store_has(scene->store, &file)); /* another file of the same name */
    bl_claim_free(&claim);
    assert_int_equal(store_scene_usage(scene).bytes_pinned, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        store_test(claim__keeps_a_file_until_it_is_given_up),
        store_test(claim__leaves_half_of_the_store_to_others),
        store_test(claim__is_bounded_in_files),
        store_test(claim__does_not_keep_what_is_damaged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
