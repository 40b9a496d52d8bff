/* worker_crimes.h - what somebody's code would try in a worker that it has taken over. Each is
 * called in a confined child, makes system calls only, and returns below 0 with errno where it
 * failed. */
#ifndef BL_TESTS_SANDBOX_WORKER_CRIMES_H
#define BL_TESTS_SANDBOX_WORKER_CRIMES_H

/* files */
long crime_read_shadow(void);
long crime_read_another_users(void);
long crime_read_what_all_may(void);
long crime_list_root(void);
long crime_read_own_environment(void);
long crime_write_own_memory(void);
long crime_read_the_parents_memory(void);
long crime_create_where_all_may(void);
long crime_make_folder_where_all_may(void);
long crime_unlink_where_all_may(void);
long crime_rename_out_of_the_store(void);
long crime_link_another_in(void);
long crime_climb_out(void);
long crime_make_symlink(void);
long crime_make_device(void);
long crime_change_owner(void);
long crime_change_mode_of_another(void);

/* processes, programs, code */
long crime_trace(void);
long crime_be_traced(void);
long crime_read_memory(void);
long crime_write_memory(void);
long crime_take_descriptor(void);
long crime_signal_sibling(void);
long crime_signal_all(void);
long crime_signal_thread(void);
long crime_signal_by_pidfd(void);
long crime_abort_sibling(void);
long crime_change_siblings_limits(void);
long crime_raise_own_limit(void);
long crime_execute(void);
long crime_execute_descriptor(void);
long crime_make_process(void);
long crime_make_process_by_clone3(void);
long crime_map_code(void);
long crime_turn_data_into_code(void);

/* network, machine */
long crime_make_tcp(void);
long crime_make_udp6(void);
long crime_make_unix(void);
long crime_make_netlink(void);
long crime_make_vsock(void);
long crime_make_tcp_pair(void);
long crime_make_uring(void);
long crime_connect_held(void);
long crime_listen_on_held(void);
long crime_mount_something(void);
long crime_clone_mount(void);
long crime_leave_namespaces(void);
long crime_enter_namespace(void);
long crime_change_root(void);
long crime_become_root(void);
long crime_take_capabilities(void);
long crime_load_bpf(void);
long crime_use_keys(void);
long crime_watch_faults(void);
long crime_loosen_filter(void);
long crime_become_dumpable(void);
long crime_clone_into_namespaces(void);
long crime_fetch(void);

/* no crimes: its work */
long crime_keep_a_store(void);
long crime_use_the_loops_calls(void);

#endif
