/* test_policy_engines.c - the shipped policies beside those that container engines run everybody's
 * containers under: these load as well, and ours allow less. docs/seccomp.md lists the difference.
 *
 * Docker's own comes with Debian's golang-github-docker-docker-dev, too much to install for one
 * file: BAILIFF_DOCKER_POLICY names it where somebody has it. Podman's is the same list, a little
 * younger. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "limits/policy_rules.h"
#include "tests/unit/policy_naive.h"
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

/* Does any call of this number pass? Tried with what the profile's own rules speak of. */
static bool allows_some(const struct policy_subject *s, int nr)
{
    static uint64_t calls[NAIVE_CALLS_MAX][6];
    char text[32];
    size_t count = naive_calls(s->json, bl_policy_syscall_name(NATIVE_ARCH, nr, text), calls);

    for (size_t i = 0; i < count; i++)
        if (!policy_is_launch(nr, calls[i]) &&
            bl_policy_decide(&s->policy, NATIVE_ARCH, nr, calls[i]) == SECCOMP_RET_ALLOW)
            return true;
    return false;
}

static unsigned count_allowed(const struct policy_subject *s)
{
    unsigned allowed = 0;

    for (int nr = 0; nr < BL_POLICY_SYSCALLS_MAX; nr++)
        allowed += allows_some(s, nr);
    return allowed;
}

static bool open_engine(struct policy_subject *s, const char *path)
{
    if (!path || access(path, R_OK) != 0)
        return false;
    policy_subject_take(s, json_load_file(path, 0, NULL));
    return true;
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

static void hold_against(const char *path)
{
    static struct policy_subject engine;
    const char *document = read_document();
    char text[32];

    if (!open_engine(&engine, path)) {
        print_message("%s is not installed\n", path ? path : "Docker's own profile");
        if (path && getenv("BAILIFF_MUST_ISOLATE")) /* where every package is to be there */
            fail();
        skip();
    }
    unsigned allowed = count_allowed(&engine);
    assert_true(allowed > 250); /* it was read, and not refused */
    for (int i = 0; i < POLICY_SHIPPED; i++)
        assert_true(count_allowed(&ours[i]) < allowed);
    for (int nr = 0; nr < BL_POLICY_SYSCALLS_MAX; nr++)
        if (allows_some(&engine, nr) && !allows_some(&ours[POLICY_DEFAULT], nr)) {
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
    hold_against("/usr/share/containers/seccomp.json");
}

static void engines__docker_allows_more(void **state)
{
    (void)state;
    hold_against(getenv("BAILIFF_DOCKER_POLICY"));
}

/* What the document lists is refused, every call of it. */
static void engines__the_document_lists_what_is_refused(void **state)
{
    const char *document = read_document();
    char text[32];

    (void)state;
    for (int nr = 0; nr < BL_POLICY_SYSCALLS_MAX; nr++) {
        const char *name = bl_policy_syscall_name(NATIVE_ARCH, nr, text);
        if (document_lists(document, name) && allows_some(&ours[POLICY_DEFAULT], nr))
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
