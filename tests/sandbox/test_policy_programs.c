/* Real programs under the shipped policies, and nothing else around them: no honest one may fail
 * or be refused anything, and what must be refused is refused, reported and, by `strict`, killed.
 * Needs no privilege. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "bailiff/own.h"
#include "limits/policy.h"
#include "tests/sandbox/policy_run.h"
#include "tests/support/docker_policy.h"

static char directory[] = "/tmp/bailiff-policy-XXXXXX"; /* completed by set_up */

/* --- honest programs --- */

static const struct {
    const char *name, *text;
} sources[] = {
    {"hello.c", "#include <stdio.h>\n#include <stdlib.h>\n#include <time.h>\n"
                "int main(void) { int n; char *p = malloc(1 << 20);\n"
                "if (!p || scanf(\"%d\", &n) != 1) return 1;\n"
                "printf(\"hello %d %d\\n\", n, clock() >= 0 && time(NULL) > 0); free(p);\n"
                "return fclose(stdout); }\n"},
    {"vectors.cc", "#include <iostream>\n#include <map>\n#include <string>\n#include <fstream>\n"
                   "int main() { std::map<std::string, int> m; int n; std::cin >> n;\n"
                   "m[\"hello\"] = n; { std::ofstream f(\"out.txt\"); f << n; }\n"
                   "for (auto &e : m) std::cout << e.first << ' ' << e.second << std::endl; }\n"},
    {"threads.cc",
     "#include <future>\n#include <iostream>\n#include <thread>\n#include <vector>\n"
     "int main() { int n; std::cin >> n; std::vector<std::thread> v;\n"
     "for (int i = 0; i < 8; i++) v.emplace_back([] { std::this_thread::yield(); });\n"
     "for (auto &t : v) t.join();\n"
     "auto f = std::async(std::launch::async, [n] { return n; });\n"
     "std::cout << \"hello \" << f.get() << std::endl; }\n"},
    {"abort.c", "#include <stdlib.h>\nint main(void) { abort(); }\n"},
    {"hello.pas", "program hello; var n: integer;\nbegin read(n); writeln('hello ', n); end.\n"},
    {"Hello.java",
     "import java.util.*;\nimport java.util.concurrent.*;\n"
     "public class Hello { public static void main(String[] a) throws Exception {\n"
     "ExecutorService e = Executors.newFixedThreadPool(4); int n = new "
     "Scanner(System.in).nextInt();\n"
     "System.out.println(\"hello \" + e.submit(() -> n).get()); e.shutdown(); System.gc(); } }\n"},
    {"hello.py",
     "import asyncio, multiprocessing, random, subprocess, tempfile, threading\n"
     "t = threading.Thread(target=lambda: None)\nt.start()\nt.join()\nasync def f(): pass\n"
     "asyncio.run(f())\nsubprocess.run(['true'], check=True)\n"
     "with multiprocessing.Pool(2) as p: p.map(abs, [1, 2])\n"
     "with tempfile.TemporaryFile() as f: f.write(b'x')\nprint('hello', int(input()))\n"},
    {"hello.js",
     "const w = require('worker_threads');\nif (w.isMainThread) {\nnew w.Worker(__filename);\n"
     "require('child_process').execSync('true');\nconst fs = require('fs');\n"
     "fs.readFile(__filename, () => {});\n"
     "console.log('hello ' + fs.readFileSync(0).toString().trim()); }\n"},
    {"hello.pl",
     "my $n = <STDIN>; chomp $n; open(F, '|cat'); print F \"hello $n\\n\"; close F;\n"
     "system('true') == 0 or die; my @l = glob('*'); select(undef, undef, undef, 0);\n"},
    {"hello.sh",
     "read n\ncat <(echo \"hello $n\") | sort | head -1\ncp hello.c copy.c\n"
     "for i in 1 2 3; do (exec 3< copy.c; read x <&3); done\nx=$(ls | wc -l)\n"
     "mkfifo f && { echo x > f & } && cat f > /dev/null && rm f && wait\n"
     "yes | head -1 > /dev/null; trap 'exit 0' EXIT; ulimit -n 64; tar c copy.c | tar t\n"},
};

struct program {
    const char *title;
    const char *policy;
    const char *argv[8];
    const char *output; /* must stand in it */
    int wait_status;
};

/* In this order: what is built is run later. */
static const struct program programs[] = {
    {"compile__runs_gcc", "compile", {"/usr/bin/gcc", "-O2", "hello.c", "-o", "hello"}, "", 0},
    {"compile__runs_gcc_static",
     "compile",
     {"/usr/bin/gcc", "-static", "hello.c", "-o", "hello-static"},
     "",
     0},
    {"compile__runs_gcc_c", "compile", {"/usr/bin/gcc", "-c", "hello.c"}, "", 0},
    {"compile__runs_gcc_abort", "compile", {"/usr/bin/gcc", "abort.c", "-o", "abort"}, "", 0},
    {"compile__runs_gxx", "compile", {"/usr/bin/g++", "vectors.cc", "-o", "vectors"}, "", 0},
    {"compile__runs_gxx_static",
     "compile",
     {"/usr/bin/g++", "-static", "vectors.cc", "-o", "vectors-static"},
     "",
     0},
    {"compile__runs_gxx_pthread",
     "compile",
     {"/usr/bin/g++", "-pthread", "threads.cc", "-o", "threads"},
     "",
     0},
    {"compile__runs_javac", "compile", {"/usr/bin/javac", "Hello.java"}, "", 0},
    {"compile__runs_fpc",
     "compile",
     {"/usr/bin/fpc", "hello.pas", "-ohello-pascal"},
     "lines compiled",
     0},
    {"compile__runs_python",
     "compile",
     {"/usr/bin/python3", "-m", "py_compile", "hello.py"},
     "",
     0},
    {"compile__runs_node", "compile", {"/usr/bin/node", "--check", "hello.js"}, "", 0},
    {"default__runs_c", "default", {"./hello"}, "hello 3 1\n", 0},
    {"default__runs_cxx_threads", "default", {"./threads"}, "hello 3\n", 0},
    {"default__runs_pascal", "default", {"./hello-pascal"}, "hello 3\n", 0},
    {"default__lets_a_program_abort", "default", {"./abort"}, "", SIGABRT},
    {"default__runs_java_version", "default", {"/usr/bin/java", "-version"}, "version", 0},
    {"default__runs_java", "default", {"/usr/bin/java", "-cp", ".", "Hello"}, "hello 3\n", 0},
    {"default__runs_python", "default", {"/usr/bin/python3", "hello.py"}, "hello 3\n", 0},
    {"default__runs_node", "default", {"/usr/bin/node", "hello.js"}, "hello 3\n", 0},
    {"default__runs_perl", "default", {"/usr/bin/perl", "hello.pl"}, "hello 3\n", 0},
    {"default__runs_bash", "default", {"/bin/bash", "hello.sh"}, "hello 3\n", 0},
    {"default__runs_gcc_as_well", "default", {"/usr/bin/gcc", "hello.c", "-o", "hello2"}, "", 0},
    {"strict__runs_c", "strict", {"./hello"}, "hello 3 1\n", 0},
    {"strict__runs_static_c", "strict", {"./hello-static"}, "hello 3 1\n", 0},
    {"strict__runs_cxx", "strict", {"./vectors"}, "hello 3\n", 0},
    {"strict__runs_static_cxx", "strict", {"./vectors-static"}, "hello 3\n", 0},
    {"strict__runs_pascal", "strict", {"./hello-pascal"}, "hello 3\n", 0},
    {"strict__lets_a_program_abort", "strict", {"./abort"}, "", SIGABRT},
    {"docker__runs_gcc", BL_DOCKER_POLICY, {"/usr/bin/gcc", "hello.c", "-o", "hello3"}, "", 0},
    {"docker__runs_c", BL_DOCKER_POLICY, {"./hello"}, "hello 3 1\n", 0},
    {"docker__runs_python", BL_DOCKER_POLICY, {"/usr/bin/python3", "hello.py"}, "hello 3\n", 0},
};

static struct bl_policy policy;
static struct policy_run run;

static void load(const char *name)
{
    struct bl_err err;

    if (bl_policy_load(&policy, name, &err))
        fail_msg("%s", err.detail);
}

static void need(const char *path, int how)
{
    if (*path != '/' || access(path, how) == 0)
        return;
    print_message("%s is not there\n", path);
    if (getenv("BAILIFF_MUST_ISOLATE"))
        fail();
    skip();
}

static void honest_program(void **state)
{
    const struct program *program = *state;
    char refused[1024];

    need(program->argv[0], X_OK);
    need(program->policy, R_OK);
    load(program->policy);
    assert_int_equal(policy_run(&run, &policy, directory, program->argv, "3\n"), 0);
    if (run.wait_status != program->wait_status || !strstr(run.output, program->output))
        fail_msg("status 0x%x, refused %s, output: %s", run.wait_status,
                 policy_run_refused(&run, refused, sizeof(refused)), run.output);
    assert_string_equal(policy_run_refused(&run, refused, sizeof(refused)), "");
}

/* --- and the other ones --- */

static int try_namespaces(void)
{
    static const int flags[] = {CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWNET, CLONE_NEWPID};

    for (size_t i = 0; i < BL_ARRAY_LEN(flags); i++) {
        if (unshare(flags[i]) == 0 || errno != ENOSYS)
            return 1;
        if (syscall(SYS_clone, flags[i] | SIGCHLD, 0, 0, 0, 0) != -1 || errno != ENOSYS)
            return 2;
    }
    return syscall(SYS_clone3, NULL, 0) == -1 && errno == ENOSYS ? 0 : 3;
}

static void default__answers_and_reports_namespaces(void **state)
{
    char refused[1024];

    (void)state;
    load("default");
    assert_int_equal(policy_run_function(&run, &policy, try_namespaces), 0);
    assert_int_equal(run.wait_status, 0);
    assert_string_equal(policy_run_refused(&run, refused, sizeof(refused)), "unshare*4 clone*4");
    assert_int_equal(run.refusals[0].args[0], CLONE_NEWUSER); /* the first one's */
}

static int try_more(void)
{
    const long results[] = {
        syscall(SYS_bpf, 0, 0, 0),
        syscall(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0),
        syscall(SYS_mount, "none", "/", "tmpfs", 0, 0),
        syscall(SYS_perf_event_open, 0, 0, 0, 0, 0),
        syscall(SYS_ioctl, 0, 0x5412L | 1L << 32, ""), /* TIOCSTI, dressed up */
        syscall(SYS_socket, AF_PACKET, SOCK_RAW, 0),
        syscall(SYS_prctl, 22, 2, 0, 0, 0), /* a filter of its own */
        syscall(999),
    };

    for (size_t i = 0; i < BL_ARRAY_LEN(results); i++) {
        if (results[i] != -1 || errno != ENOSYS)
            return (int)i + 1;
    }
    return 0;
}

static void default__answers_and_reports_the_rest(void **state)
{
    char refused[1024];

    (void)state;
    load("default");
    assert_int_equal(policy_run_function(&run, &policy, try_more), 0);
    assert_int_equal(run.wait_status, 0);
    assert_string_equal(policy_run_refused(&run, refused, sizeof(refused)),
                        "bpf*1 ptrace*1 mount*1 perf_event_open*1 ioctl*1 socket*1 prctl*1 "
                        "syscall 999*1");
}

static int try_quiet(void)
{
    return socket(AF_INET, SOCK_STREAM, 0) == -1 && errno == EAFNOSUPPORT &&
                   syscall(SYS_io_uring_setup, 1, NULL) == -1 && errno == ENOSYS &&
                   setpriority(0, 0, 5) == -1 && errno == EPERM
               ? 0
               : 1;
}

static void default__answers_known_probes_without_a_report(void **state)
{
    (void)state;
    load("default");
    assert_int_equal(policy_run_function(&run, &policy, try_quiet), 0);
    assert_int_equal(run.wait_status, 0);
    assert_int_equal(run.refusal_count, 0);
}

static int try_fork(void)
{
    return fork() == 0 ? 0 : 0; /* either way: it lived */
}

static int try_socket(void)
{
    (void)socket(AF_UNIX, SOCK_STREAM, 0);
    return 0;
}

static void *nothing(void *argument)
{
    return argument;
}

static int try_thread(void)
{
    pthread_t thread;

    (void)pthread_create(&thread, NULL, nothing, NULL);
    return 0;
}

static void strict__kills_and_reports(void **state)
{
    static const struct {
        int (*crime)(void);
        const char *refused;
    } crimes[] = {
        {try_fork, "clone*1"},         {try_thread, "clone*1"}, {try_socket, "socket*1"},
        {try_namespaces, "unshare*1"}, {try_more, "bpf*1"},
    };
    char refused[1024];

    (void)state;
    load("strict");
    for (size_t i = 0; i < BL_ARRAY_LEN(crimes); i++) {
        assert_int_equal(policy_run_function(&run, &policy, crimes[i].crime), 0);
        assert_int_equal(run.wait_status, SIGKILL);
        assert_string_equal(policy_run_refused(&run, refused, sizeof(refused)), crimes[i].refused);
        assert_true(run.refusals[0].killed);
    }
}

#if defined(__x86_64__)
static int try_x32(void)
{
    return (int)syscall(0x40000000 | SYS_getpid) ? 0 : 0;
}

static int try_i386(void)
{
    int result;

    __asm__ volatile("int $0x80" : "=a"(result) : "a"(20) : "memory"); /* getpid */
    return 0;
}

static void shipped__kill_foreign_abis(void **state)
{
    static const char *const names[] = {"default", "strict", "compile"};

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(names); i++) {
        load(names[i]);
        assert_int_equal(policy_run_function(&run, &policy, try_x32), 0);
        assert_int_equal(WTERMSIG(run.wait_status), SIGSYS);
        assert_int_equal(policy_run_function(&run, &policy, try_i386), 0);
        /* SIGSEGV where the kernel is built without that ABI */
        assert_true(WTERMSIG(run.wait_status) == SIGSYS || WTERMSIG(run.wait_status) == SIGSEGV);
    }
}
#endif

/* --- */

static int set_up(void **state)
{
    (void)state;
    if (!mkdtemp(directory))
        return -1;
    for (size_t i = 0; i < BL_ARRAY_LEN(sources); i++) {
        char path[128];
        FILE *file;

        (void)snprintf(path, sizeof(path), "%s/%s", directory, sources[i].name);
        file = fopen(path, "we");
        if (!file || fputs(sources[i].text, file) < 0 || fclose(file))
            return -1;
    }
    return 0;
}

static int tear_down(void **state)
{
    char command[128];

    (void)state;
    (void)snprintf(command, sizeof(command), "rm -rf %s", directory);
    return system(command);
}

int main(void)
{
    static struct CMUnitTest tests[BL_ARRAY_LEN(programs) + 8] = {
        cmocka_unit_test(default__answers_and_reports_namespaces),
        cmocka_unit_test(default__answers_and_reports_the_rest),
        cmocka_unit_test(default__answers_known_probes_without_a_report),
        cmocka_unit_test(strict__kills_and_reports),
#if defined(__x86_64__)
        cmocka_unit_test(shipped__kill_foreign_abis),
#endif
    };
    size_t count = 0;

    while (tests[count].name)
        count++;
    for (size_t i = 0; i < BL_ARRAY_LEN(programs); i++, count++)
        tests[count] = (struct CMUnitTest){.name = programs[i].title,
                                           .test_func = honest_program,
                                           .initial_state = (void *)&programs[i]};
    return _cmocka_run_group_tests("policy programs", tests, count, set_up, tear_down);
}
