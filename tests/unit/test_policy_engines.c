/* test_policy_engines.c - the shipped policies beside those that container engines run everybody's
 * containers under: these load as well, and ours allow less. docs/seccomp.md lists the difference.
 *
 * Docker's own lies in a package that scripts/unpack-packages lays out; Podman's is the same list,
 * a little younger. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "tests/unit/policy_subject.h"

static struct policy_subject ours[POLICY_SHIPPED];

static int open_ours(void **state)
{
    (void)state;
    for (int i = 0; i < POLICY_SHIPPED; i++)
        if (!policy_subject_open(&ours[i], i))
            return -1;
    return 0;
}

static int close_ours(void **state)
{
    (void)state;
    for (int i = 0; i < POLICY_SHIPPED; i++)
        policy_subject_close(&ours[i]);
    return 0;
}

/* A table row of the document: "| `name`, `name` ... |" between these two lines. */
static bool document_lists(const char *text, const char *name)
{
    const char *begin = strstr(text, "<!-- what engines allow -->");
    const char *end = begin ? strstr(begin, "<!-- end -->") : NULL;
    char quoted[64];

    assert_non_null(end);
    (void)snprintf(quoted, sizeof(quoted), "`%s`", name);
    const char *at = strstr(begin, quoted);
    return at && at < end;
}

static char *read_document(void)
{
    static char text[1 << 16];
    FILE *file = fopen(BAILIFF_SOURCE_DIR "/docs/seccomp.md", "re");

    assert_non_null(file);
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    assert_int_equal(fclose(file), 0);
    return text;
}

static void hold_against(int file)
{
    static struct policy_subject engine;
    const char *document = read_document();
    char text[32];

    if (!policy_subject_open(&engine, file))
        skip();
    unsigned allowed = policy_count_allowed(&engine);
    assert_true(allowed > 250); /* it was read, and not refused */
    for (int i = 0; i < POLICY_SHIPPED; i++)
        assert_true(policy_count_allowed(&ours[i]) < allowed);
    for (int nr = 0; nr < BL_POLICY_SYSCALLS_MAX; nr++)
        if (policy_allows_some(&engine, nr) && !policy_allows_some(&ours[POLICY_DEFAULT], nr)) {
            const char *name = bl_policy_syscall_name(NATIVE_ARCH, nr, text);
            if (getenv("BAILIFF_TELL"))
                print_message("%s\n", name);
            else if (!document_lists(document, name))
                fail_msg("docs/seccomp.md does not list %s", name);
        }
    policy_subject_close(&engine);
}

static void engines__podman_allows_more(void **state)
{
    (void)state;
    hold_against(POLICY_PODMAN);
}

static void engines__docker_allows_more(void **state)
{
    (void)state;
    hold_against(POLICY_DOCKER);
}

/* What the document lists is refused, every call of it. */
static void engines__the_document_lists_what_is_refused(void **state)
{
    const char *document = read_document();
    char text[32];

    (void)state;
    for (int nr = 0; nr < BL_POLICY_SYSCALLS_MAX; nr++) {
        const char *name = bl_policy_syscall_name(NATIVE_ARCH, nr, text);
        if (document_lists(document, name) && policy_allows_some(&ours[POLICY_DEFAULT], nr))
            fail_msg("docs/seccomp.md lists %s, which default allows", name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(engines__podman_allows_more),
        cmocka_unit_test(engines__docker_allows_more),
        cmocka_unit_test(engines__the_document_lists_what_is_refused),
    };

    return cmocka_run_group_tests(tests, open_ours, close_ours);
}
