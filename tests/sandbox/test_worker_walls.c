/* test_worker_walls.c - the worker has been taken over: somebody's code runs in it, and holds what
 * it holds. Each crime is tried in a child that goes through the very function that bailiffd goes
 * through, and must be refused with that errno, or end the process on the spot. */
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "cgroup_fixture.h"
#include "executor/daemon/confine.h"
#include "executor/sandbox/landlock_abi.h"
#include "tests/sandbox/worker_crimes.h"
#include "tests/sandbox/worker_scene.h"

static void files__nothing_beyond_the_store(void **state)
{
    static const struct crime dac[] = {
        CRIME(read_shadow, EACCES),          CRIME(read_another_users, EACCES),
        CRIME(write_own_memory, EACCES),     CRIME(read_the_parents_memory, EACCES),
        CRIME(make_symlink, ENOSYS),         CRIME(make_device, KILLED),
        CRIME(change_owner, ENOSYS),         CRIME(change_mode_of_another, EPERM),
        CRIME(read_own_environment, EACCES),
    };
    static const struct crime landlock[] = {
        CRIME(read_what_all_may, EACCES),    CRIME(list_root, EACCES),
        CRIME(create_where_all_may, EACCES), CRIME(make_folder_where_all_may, EACCES),
        CRIME(unlink_where_all_may, EACCES), CRIME(climb_out, EACCES),
    };
    (void)state;
    EXPECT_REFUSED(dac);
    if (bl_landlock_abi() < 1)
        cannot_isolate("no Landlock");
    EXPECT_REFUSED(landlock);
    /* By which rule depends on the kernel's version and settings (protected_hardlinks). */
    assert_int_not_equal(worker_outcome_of(crime_rename_out_of_the_store), 0);
    assert_int_not_equal(worker_outcome_of(crime_link_another_in), 0);
}

static void processes__none_can_be_reached(void **state)
{
    static const struct crime crimes[] = {
        CRIME(trace, KILLED),           CRIME(be_traced, KILLED),
        CRIME(read_memory, KILLED),     CRIME(write_memory, KILLED),
        CRIME(take_descriptor, KILLED), CRIME(signal_sibling, EPERM),
        CRIME(signal_all, EPERM),       CRIME(signal_thread, EPERM),
        CRIME(signal_by_pidfd, EPERM),  CRIME(change_siblings_limits, ENOSYS),
        CRIME(raise_own_limit, ENOSYS),
    };
    static const struct crime scoped[] = {CRIME(abort_sibling, EPERM)};

    (void)state;
    EXPECT_REFUSED(crimes);
    if (bl_landlock_abi() >= 6)
        EXPECT_REFUSED(scoped);
    assert_int_equal(waitpid(worker_scene.sibling, NULL, WNOHANG), 0); /* it lives */
}

static void code__nothing_but_what_was_loaded(void **state)
{
    static const struct crime crimes[] = {
        CRIME(execute, KILLED),      CRIME(execute_descriptor, KILLED),
        CRIME(make_process, KILLED), CRIME(make_process_by_clone3, KILLED),
        CRIME(map_code, KILLED),     CRIME(turn_data_into_code, KILLED),
    };

    (void)state;
    EXPECT_REFUSED(crimes);
}

static void network__no_socket_but_those_it_holds(void **state)
{
    static const struct crime crimes[] = {
        CRIME(make_tcp, EACCES),     CRIME(make_udp6, EACCES),    CRIME(make_unix, EACCES),
        CRIME(make_netlink, EACCES), CRIME(make_vsock, EACCES),   CRIME(make_tcp_pair, ENOSYS),
        CRIME(make_uring, KILLED),   CRIME(connect_held, EACCES), CRIME(listen_on_held, EACCES),
    };
    bl_autoclose int held = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)state;
    assert_return_code(held, errno);
    worker_scene.held_socket = held;
    EXPECT_REFUSED(crimes);
}

static void machine__nothing_can_be_changed(void **state)
{
    static const struct crime crimes[] = {
        CRIME(mount_something, KILLED),   CRIME(clone_mount, KILLED),
        CRIME(leave_namespaces, KILLED),  CRIME(enter_namespace, KILLED),
        CRIME(change_root, KILLED),       CRIME(become_root, KILLED),
        CRIME(take_capabilities, KILLED), CRIME(load_bpf, KILLED),
        CRIME(use_keys, KILLED),          CRIME(watch_faults, KILLED),
        CRIME(loosen_filter, KILLED),     CRIME(become_dumpable, ENOSYS),
    };

    (void)state;
    EXPECT_REFUSED(crimes);
}

static void fetcher__has_sockets_and_little_else(void **state)
{
    static const struct crime crimes[] = {
        CRIME(fetch, 0),
        CRIME(read_shadow, EACCES),
        CRIME(read_another_users, EACCES),
        CRIME(read_the_parents_memory, EACCES),
        CRIME(make_symlink, ENOSYS),
        CRIME(trace, KILLED),
        CRIME(read_memory, KILLED),
        CRIME(take_descriptor, KILLED),
        CRIME(signal_sibling, EPERM),
        CRIME(execute, KILLED),
        CRIME(execute_descriptor, KILLED),
        CRIME(make_process_by_clone3, ENOSYS), /* its flags can't be seen */
        CRIME(clone_into_namespaces, ENOSYS),
        CRIME(make_vsock, ENOSYS),
        CRIME(make_uring, KILLED),
        CRIME(listen_on_held, EACCES),
        CRIME(mount_something, KILLED),
        CRIME(leave_namespaces, KILLED),
        CRIME(become_root, KILLED),
        CRIME(take_capabilities, KILLED),
        CRIME(load_bpf, KILLED),
        CRIME(use_keys, KILLED),
    };

    (void)state;
    worker_scene.as_fetcher = true;
    EXPECT_REFUSED(crimes);
    worker_scene.as_fetcher = false;
}

static void worker__can_do_its_work(void **state)
{
    static const struct crime works[] = {CRIME(keep_a_store, 0), CRIME(use_the_loops_calls, 0)};

    (void)state;
    EXPECT_REFUSED(works);
}

static void status_line(pid_t pid, const char *key, char value[128])
{
    char path[32], line[256];
    size_t length = strlen(key);

    (void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    value[0] = '\0';
    while (fgets(line, sizeof(line), file))
        if (strncmp(line, key, length) == 0 && line[length] == ':')
            (void)snprintf(value, 128, "%s", line + length + 1 + strspn(line + length + 1, "\t "));
    (void)fclose(file); /* read only */
    value[strcspn(value, "\n")] = '\0';
    while (*value && value[strlen(value) - 1] == ' ')
        value[strlen(value) - 1] = '\0';
}

/* The walls behind the filter, as the kernel tells of them. */
static void worker__every_wall_stands(void **state)
{
    static const struct {
        const char *key, *value;
    } expected[] = {
        {"Uid", "64321\t64321\t64321\t64321"},
        {"Gid", "64321\t64321\t64321\t64321"},
        {"Groups", ""},
        {"CapInh", "0000000000000000"},
        {"CapPrm", "0000000000000000"},
        {"CapEff", "0000000000000000"},
        {"CapBnd", "0000000000000000"},
        {"CapAmb", "0000000000000000"},
        {"NoNewPrivs", "1"},
        {"Seccomp", "2"},
    };
    int ready[2];
    struct stat is;
    char value[128], path[32], byte;

    (void)state;
    if (geteuid() != 0)
        cannot_isolate("becoming another user needs root");
    assert_return_code(pipe2(ready, O_CLOEXEC), errno);
    pid_t pid = fork();
    if (pid == 0) {
        worker_confine();
        (void)!write(ready[1], "", 1);
        (void)poll(NULL, 0, -1);
        _exit(0);
    }
    bl_close_fd(&ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    bl_close_fd(&ready[0]);
    for (size_t i = 0; i < BL_ARRAY_LEN(expected); i++) {
        status_line(pid, expected[i].key, value);
        assert_string_equal(value, expected[i].value);
    }
    (void)snprintf(path, sizeof(path), "/proc/%d/environ", (int)pid);
    assert_return_code(stat(path, &is), errno);
    assert_int_equal(is.st_uid, 0); /* not dumpable */
    (void)kill(pid, SIGKILL);       /* our child, not reaped yet */
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void worker__is_never_root(void **state)
{
    struct bl_confinement confinement = {.uid = 0, .gid = WORKER_ID};
    struct bl_err err;
    int abi;

    (void)state;
    assert_int_equal(bl_confine(&confinement, &abi, &err), -1);
    assert_int_equal(err.step, BL_STEP_CONFINE);
    confinement = (struct bl_confinement){.uid = WORKER_ID, .gid = 0};
    assert_int_equal(bl_confine(&confinement, &abi, &err), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files__nothing_beyond_the_store),
        cmocka_unit_test(processes__none_can_be_reached),
        cmocka_unit_test(code__nothing_but_what_was_loaded),
        cmocka_unit_test(network__no_socket_but_those_it_holds),
        cmocka_unit_test(machine__nothing_can_be_changed),
        cmocka_unit_test(fetcher__has_sockets_and_little_else),
        cmocka_unit_test(worker__can_do_its_work),
        cmocka_unit_test(worker__every_wall_stands),
        cmocka_unit_test(worker__is_never_root),
    };

    return cmocka_run_group_tests(tests, worker_scene_set, worker_scene_strike);
}
