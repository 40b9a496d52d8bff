/* test_wall_carry.c - nothing is handed from one program to the next, to one beside it, or from
 * whoever started Bailiff. Under a policy that allows everything. */
#include <errno.h>
#include <linux/keyctl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "bailiff/own.h"
#include "tests/support/lines.h"
#include "tests/support/pair.h"

/* ENOSYS: a kernel without it. Else all must be planted, or the rest would prove nothing. */
#define PLANTED "succeeded|refused ENOSYS"
#define NO_KEY "refused ENOKEY|refused ENOSYS"

static const struct bl_line planted[] = {
    {"SysV shared memory", PLANTED},
    {"SysV message queue", PLANTED},
    {"SysV semaphore", PLANTED},
    {"POSIX message queue", PLANTED "|refused EACCES"}, /* by Landlock, where that is */
    {"session keyring", PLANTED},
    {"user keyring", PLANTED},
    {"user session keyring", PLANTED},
    {"file in /tmp", "succeeded"},
    {"file in /dev/shm", "succeeded"},
    {"file in /box", "succeeded"},
    {"abstract socket", "succeeded"},
};

static const struct bl_line not_found[] = {
    {"SysV shared memory", "refused ENOENT|refused ENOSYS"},
    {"SysV message queue", "refused ENOENT|refused ENOSYS"},
    {"SysV semaphore", "refused ENOENT|refused ENOSYS"},
    {"POSIX message queue", "refused ENOENT|refused ENOSYS|refused EACCES"},
    {"session keyring", NO_KEY},
    {"user keyring", NO_KEY},
    {"user session keyring", NO_KEY},
    {"file in /tmp", "refused ENOENT"},
    {"file in /dev/shm", "refused ENOENT"},
    {"file in /box", "refused ENOENT"},
    {"abstract socket", "refused ECONNREFUSED"},
    {"host's key in the session keyring", NO_KEY},
    {"host's key in the user keyring", NO_KEY},
    {"host's key by request", NO_KEY},
};

static void carry__nothing_to_a_program_beside_it(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_trial stays, comes;
    char *first, *second;

    bl_trial_init(&stays, rig, "crime_carry", "plant", NULL);
    bl_trial_init(&comes, rig, "crime_carry", "find", NULL);
    stays.spec.profile = comes.spec.profile = rig->open;
    bl_pair_run(rig, &stays, &comes, &first, &second);
    bl_lines_expect(first, planted, BL_ARRAY_LEN(planted));
    bl_lines_expect(second, not_found, BL_ARRAY_LEN(not_found));
    free(first);
    free(second);
}

/* The second has the first one's slot, and so its host ids. */
static void carry__nothing_to_the_next_program(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    bl_autofree char *first = bl_lines_of(rig, rig->open, "crime_carry", "plant");
    bl_autofree char *second = bl_lines_of(rig, rig->open, "crime_carry", "find");

    bl_lines_expect(first, planted, BL_ARRAY_LEN(planted));
    bl_lines_expect(second, not_found, BL_ARRAY_LEN(not_found));
}

/* The shipped policy refuses what could be planted beside files. */
static void carry__policy_refuses_keys_and_ipc(void **state)
{
    static const struct bl_line refused[] = {
        {"SysV shared memory", "refused ENOSYS"},   {"SysV message queue", "refused ENOSYS"},
        {"SysV semaphore", "refused ENOSYS"},       {"POSIX message queue", "refused ENOSYS"},
        {"session keyring", "refused ENOSYS"},      {"user keyring", "refused ENOSYS"},
        {"user session keyring", "refused ENOSYS"}, {"file in /tmp", "succeeded"},
        {"file in /dev/shm", "succeeded"},          {"file in /box", "succeeded"},
        {"abstract socket", "succeeded"},
    };
    struct bl_rig *rig = bl_rig_of(state);
    bl_autofree char *said = bl_lines_of(rig, rig->standard, "crime_carry", "plant");

    bl_lines_expect(said, refused, BL_ARRAY_LEN(refused));
}

/* The program's id on the host, as its own map tells. */
static uid_t id_of_next(struct bl_rig *rig)
{
    bl_autofree char *map = bl_lines_of(rig, rig->open, "/bin/cat", "/proc/self/uid_map");
    const char *at = strstr(map, "1000 ");
    unsigned inside, outside = 0;

    assert_non_null(at);
    assert_int_equal(sscanf(at, "%u %u", &inside, &outside), 2);
    return outside;
}

/* As many as its quota lets it have. */
static void hold_keys_of(uid_t id)
{
    char name[32];
    long key = 0;

    (void)setfsuid(id);
    for (int i = 0; key >= 0; i++) {
        (void)snprintf(name, sizeof(name), "bailiff-test:%d", i);
        key = syscall(SYS_add_key, "user", name, name, 8, KEY_SPEC_PROCESS_KEYRING);
    }
    assert_int_equal(errno, EDQUOT);
    (void)setfsuid(0);
}

/* A dead program's keys count until the kernel forgets them: the next must do without any. */
static void carry__no_want_of_keys_to_the_next_program(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    const uid_t id = id_of_next(rig);

    if (syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0) < 0)
        skip(); /* a kernel without keys */
    hold_keys_of(id);
    assert_int_equal(id_of_next(rig), id);
    (void)syscall(SYS_keyctl, KEYCTL_CLEAR, KEY_SPEC_PROCESS_KEYRING);
}

/* A secret in the session keyring, as a login shell's may hold, before the warden is started. */
static int set_up(void **state)
{
    (void)syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL); /* ENOSYS: then there is none */
    (void)syscall(SYS_add_key, "user", "bailiff-test:host", "secret", 6, KEY_SPEC_SESSION_KEYRING);
    return bl_rig_setup(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(carry__nothing_to_a_program_beside_it),
        cmocka_unit_test(carry__nothing_to_the_next_program),
        cmocka_unit_test(carry__policy_refuses_keys_and_ipc),
        cmocka_unit_test(carry__no_want_of_keys_to_the_next_program),
    };

    return cmocka_run_group_tests(tests, set_up, bl_rig_teardown);
}
