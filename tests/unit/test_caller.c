#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <string.h>

#include "executor/server/caller.h"

static struct bl_caller of(struct bl_peer peer)
{
    struct bl_caller caller;
    struct bl_err err;

    assert_int_equal(bl_caller_of_peer(&peer, &caller, &err), 0);
    return caller;
}

static void caller__is_who_the_transport_proves(void **state)
{
    (void)state;
    assert_string_equal(of((struct bl_peer){.has_ids = true, .uid = 1000}).tenant, "uid-1000");
    assert_string_equal(of((struct bl_peer){.address = "127.0.0.1:1"}).tenant, "anonymous");
    assert_memory_equal(of((struct bl_peer){.subject = "CN=a"}).tenant, "cert-", 5);
}

/* Also such as differ only where a name could not. */
static void caller__subjects_never_share_a_tenant(void **state)
{
    struct bl_caller a = of((struct bl_peer){.subject = "CN=judge,O=a"});
    struct bl_caller b = of((struct bl_peer){.subject = "CN=judge,O=b"});
    struct bl_caller c = of((struct bl_peer){.subject = "CN=judge/O=a"});

    (void)state;
    assert_string_not_equal(a.tenant, b.tenant);
    assert_string_not_equal(a.tenant, c.tenant);
    for (const char *at = a.tenant; *at; at++)
        assert_non_null(strchr("abcdefghijklmnopqrstuvwxyz0123456789-", *at));
}

static void caller__only_root_names_others(void **state)
{
    struct bl_caller root = of((struct bl_peer){.has_ids = true, .uid = 0});
    struct bl_caller user = of((struct bl_peer){.has_ids = true, .uid = 7});
    struct bl_caller nobody = of((struct bl_peer){.uid = 0});
    const char *tenant = NULL;
    struct bl_err err;

    (void)state;
    assert_int_equal(bl_caller_tenant(&root, "contest", &tenant, &err), 0);
    assert_string_equal(tenant, "contest");
    assert_int_equal(bl_caller_tenant(&user, "contest", &tenant, &err), -1);
    assert_int_equal(err.step, BL_STEP_ACCESS);
    assert_int_equal(bl_caller_tenant(&nobody, "contest", &tenant, &err), -1);
    assert_int_equal(bl_caller_tenant(&user, "uid-7", &tenant, &err), 0);
    assert_string_equal(tenant, "uid-7");
    assert_int_equal(bl_caller_tenant(&user, "", &tenant, &err), 0);
    assert_string_equal(tenant, "uid-7");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(caller__is_who_the_transport_proves),
        cmocka_unit_test(caller__subjects_never_share_a_tenant),
        cmocka_unit_test(caller__only_root_names_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
