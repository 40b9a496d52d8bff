/* steps.h - the only list of everything that can fail, with whose fault it is and its words.
 *
 * A row: name, fault, text. The text completes "cannot ..." for a person; the object (a path, a
 * field and its bound) and errno follow it. Between clone and exec only the number travels
 * (struct bl_setup_failure); the worker words it. Append freely: numbers never leave one host. */
#ifndef BAILIFF_STEPS_H
#define BAILIFF_STEPS_H

/* clang-format off */
#define BL_STEPS(X)                                                                                \
    /* what a person or a client asked for */                                                      \
    X(OPTION,              CLIENT, "accept the option")                                            \
    X(FIELD,               CLIENT, "accept the value")                                             \
    X(FILE_READ,           CLIENT, "read the file")                                                \
    X(FILE_WRITE,          CLIENT, "write the file")                                               \
    X(CONFIG,              CLIENT, "use the configuration")                                        \
    X(INPUT,               CLIENT, "use the input file")                                           \
    X(OUTPUT,              CLIENT, "collect the output file")                                      \
    X(POLICY,              CLIENT, "use the seccomp policy")                                       \
    X(PACKAGE,             CLIENT, "read the problem package")                                     \
    X(LANGUAGE,            CLIENT, "use the language")                                             \
    X(EXEC,                CLIENT, "execute the program")                                          \
    X(WORKDIR,             CLIENT, "enter the working directory")                                  \
    X(ORDER_SIZE,          CLIENT, "fit arguments and environment into an order")                  \
    X(ADDRESS,             CLIENT, "use the address")                                              \
    X(TLS,                 CLIENT, "set up TLS")                                                   \
    X(CAPACITY,            CLIENT, "ever have room for the job here")                              \
    X(STORE_CONTENT,       CLIENT, "store the file as announced")                                  \
    X(STORE_MISSING,       CLIENT, "find the file in the store")                                   \
    X(FETCH,               CLIENT, "fetch the file")                                               \
    X(ACCESS,              CLIENT, "let the caller do this")                                       \
    X(UNKNOWN_JOB,         CLIENT, "find the job")                                                 \
    X(JOB_EXISTS,          CLIENT, "take another job of the same id")                              \
    X(LACKING,             CLIENT, "serve the job here")                                           \
    X(RANGE,               CLIENT, "begin there")                                                  \
    X(RESULT_SIZE,         CLIENT, "answer in one message")                                        \
    X(BROKER_LAYOUT,       CLIENT, "use the queue as it is set up")                                \
    X(JOB_FILE,            CLIENT, "read the job")                                                 \
    /* later, perhaps */                                                                           \
    X(QUEUE_FULL,          BUSY,   "queue the job")                                                \
    X(DRAINING,            BUSY,   "take jobs any more")                                           \
    X(SLOTS,               BUSY,   "find a free sandbox slot")                                     \
    X(RPC_BUFFER,          BUSY,   "hold more bytes for a peer")                                   \
    X(EVENTS_FULL,         BUSY,   "keep what the job tells")                                      \
    X(STORE_FULL,          BUSY,   "make room in the store")                                       \
    X(STORE_SHORT,         BUSY,   "store the file: the host ran short")                           \
    X(FETCH_LATER,         BUSY,   "fetch the file now")                                           \
    /* the worker's own */                                                                         \
    X(MEMORY,              HOST,   "allocate memory")                                              \
    X(LOOP,                HOST,   "set up the event loop")                                        \
    X(PIPE,                HOST,   "create a pipe")                                                \
    X(MACHINE,             HOST,   "learn what this machine has")                                  \
    X(HOST_MEMORY,         HOST,   "give it its memory: the host, or a cgroup above, ran short")       \
    X(HOST_PIDS,           HOST,   "give it its processes: a cgroup above ran short")              \
    X(SPOOL,               HOST,   "use the spool")                                                \
    X(STORE,               HOST,   "use the store")                                                \
    X(SITE,                HOST,   "find what the worker was set up with")                         \
    X(PRIVILEGE,           HOST,   "isolate without privilege")                                    \
    X(CONFINE,             HOST,   "confine the worker")                                           \
    X(POLICY_BUILD,        HOST,   "compile the seccomp policy")                                   \
    X(LISTEN,              HOST,   "listen for connections")                                       \
    X(CONNECT,             HOST,   "reach the server")                                             \
    X(CALL,                HOST,   "have the worker do it")                                        \
    X(HTTP2,               HOST,   "speak HTTP/2")                                                 \
    X(BROKER,              HOST,   "use the queue's broker")                                       \
    X(SELFTEST,            HOST,   "try the walls")                                                \
    /* cgroups */                                                                                  \
    X(CGROUP_FIND,         HOST,   "find a usable cgroup hierarchy")                               \
    X(CGROUP_CREATE,       HOST,   "create a cgroup")                                              \
    X(CGROUP_OPEN,         HOST,   "open a cgroup control file")                                   \
    X(CGROUP_LIMIT,        HOST,   "set a cgroup limit")                                           \
    X(CGROUP_READ,         HOST,   "read a cgroup counter")                                        \
    X(CGROUP_JOIN,         HOST,   "join a cgroup")                                                \
    X(CGROUP_KILL,         HOST,   "kill a cgroup")                                                \
    X(CGROUP_REMOVE,       HOST,   "remove a cgroup")                                              \
    /* warden */                                                                                   \
    X(WARDEN_START,        HOST,   "start the warden")                                             \
    X(WARDEN_GONE,         HOST,   "reach the warden: it has ended")                               \
    X(WARDEN_TALK,         HOST,   "talk to the warden")                                           \
    X(TEMPLATE,            HOST,   "build the template root")                                      \
    X(ROOT_TMPFS,          HOST,   "create the root tmpfs")                                        \
    X(ROOT_ATTACH,         HOST,   "attach the root tmpfs")                                        \
    X(ROOT_ENTRY,          HOST,   "place an entry of the root")                                   \
    X(ROOT_PROC,           HOST,   "place the proc below the proc")                                \
    X(ROOT_PIVOT,          HOST,   "pivot into the root")                                          \
    X(CLONE_INIT,          HOST,   "clone the sandbox's init")                                     \
    X(ID_MAP,              HOST,   "map the sandbox's ids")                                        \
    X(GRAFT,               HOST,   "clone the mount of an input")                                  \
    /* init, inside the namespaces */                                                              \
    X(INIT_GONE,           HOST,   "reach the sandbox's init: it has ended")                       \
    X(INIT_TALK,           HOST,   "talk to the sandbox's init")                                   \
    X(COLLECT,             HOST,   "collect output files: the host ran short")                     \
    X(INIT_IDS,            HOST,   "settle init's ids")                                            \
    X(INIT_CAPS,           HOST,   "drop init's capabilities")                                     \
    X(HOSTNAME,            HOST,   "set the host name")                                            \
    X(MOUNT_PROC,          HOST,   "mount /proc")                                                  \
    X(MOUNT_MASK,          HOST,   "mask a path of /proc")                                         \
    X(MOUNT_TMPFS,         HOST,   "mount a private tmpfs")                                        \
    X(MOUNT_BIND,          HOST,   "attach an input: the host ran short")                          \
    X(LOOPBACK,            HOST,   "bring the loopback interface up")                              \
    X(TIME_NS,             HOST,   "set the time namespace")                                       \
    X(NAMESPACE_MAX,       HOST,   "forbid further namespaces")                                    \
    X(LANDLOCK,            HOST,   "build the Landlock rules")                                     \
    X(FORK,                HOST,   "fork the program's process")                                   \
    X(WAKE,                HOST,   "wake the program's process")                                   \
    /* the program's process before its exec */                                                    \
    X(CHILD_SESSION,       HOST,   "start a session")                                              \
    X(CHILD_CGROUP_NS,     HOST,   "unshare the cgroup namespace")                                 \
    X(CHILD_OOM_SCORE,     HOST,   "set the OOM score")                                            \
    X(CHILD_BOUNDING,      HOST,   "empty the bounding set")                                       \
    X(CHILD_SECUREBITS,    HOST,   "lock the securebits")                                          \
    X(CHILD_IDS,           HOST,   "become the program's ids")                                     \
    X(CHILD_KEYRING,       HOST,   "join a new session keyring")                                   \
    X(CHILD_CAPS,          HOST,   "drop capabilities")                                            \
    X(CHILD_NO_NEW_PRIVS,  HOST,   "set no_new_privs")                                             \
    X(CHILD_FDS,           HOST,   "place the standard streams")                                   \
    X(CHILD_RLIMIT,        HOST,   "set an rlimit")                                                \
    X(CHILD_LANDLOCK,      HOST,   "enforce Landlock")                                             \
    X(CHILD_CHANNEL,       HOST,   "place the launch channel")                                     \
    X(CHILD_SIGNALS,       HOST,   "unblock signals")                                              \
    X(CHILD_FIXED_RLIMIT,  HOST,   "set an rlimit of all programs")                                \
    X(CHILD_BOX,           HOST,   "enter the box")                                                \
    X(CHILD_SECCOMP,       HOST,   "load the seccomp filter")                                      \
    X(CHILD_SECCOMP_LATE,  HOST,   "load the seccomp filter after the order")                      \
    X(CHILD_REPORT,        HOST,   "hand over the seccomp listener")                               \
    X(CHILD_LAUNCH,        HOST,   "take the order and its folder: the host ran short")            \
    X(CHILD_EXEC,          HOST,   "execute the program: the host ran short")
/* clang-format on */

enum bl_step {
    BL_STEP_NONE, /* nothing failed; never in a whole bl_err */
#define X(name, fault, text) BL_STEP_##name,
    BL_STEPS(X)
#undef X
        BL_STEP_COUNT
};

#endif
