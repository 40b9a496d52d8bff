/* test_compilers.c - attacks by what is compiled: files of the host, bombs, code that runs while
 * compiling, products outside. Each in a sandbox of its own under the policy `compile`. */
#include "bailiff/own.h"
#include "tests/hostile/scene.h"

#define V(verdict) (1U << BL_VERDICT_##verdict)
#define LIMITS "memory=192MiB cpu-time=2s wall-time=15s pids=128 box-size=64MiB tmp-size=64MiB"

#define ROW(row_title)                                                         \
    .attack.lines = "A31", .attack.title = row_title, .attack.limits = LIMITS, \
    .attack.policies = 1U << BL_ATTACK_COMPILE
/* What it may come to, and what the compiler says then. */
#define MAY(verdict_bits) .attack.verdicts = verdict_bits
#define SAYS(verdict_bits, words) MAY(verdict_bits), .says = words

#define GCC(name, source, ...)                                                       \
    {                                                                                \
        .argv = {"/usr/bin/gcc", "-c", "crime.c", "-o", "out.o"}, .file = "crime.c", \
        .text = source, ROW("gcc: " name), __VA_ARGS__                               \
    }
#define GXX(name, source, ...)                                                         \
    {                                                                                  \
        .argv = {"/usr/bin/g++", "-c", "crime.cc", "-o", "out.o"}, .file = "crime.cc", \
        .text = source, ROW("g++: " name), __VA_ARGS__                                 \
    }
/* Any command, by a shell; what it prints is judged as a crime's lines are. */
#define SH(name, script, file_name, source, ...)                                         \
    {                                                                                    \
        .argv = {"/bin/sh", "-c", script}, .file = file_name, .text = source, ROW(name), \
        __VA_ARGS__                                                                      \
    }

#define ABSENT SAYS(V(RUNTIME_ERROR), "No such file|cannot open|can't open")
/* What a compiler answers to a source that it can't compile is its own affair: a status. */
#define BOMB MAY(V(TIME_LIMIT) | V(MEMORY_LIMIT) | V(RUNTIME_ERROR))
#define REFUSED \
    SAYS(V(RUNTIME_ERROR), "Permission denied|Read-only file system|cannot open|No such file")

/* Tries what a program would, from within the compiler, and prints crimes' lines. */
#define CODE                                                                                     \
    "#define _GNU_SOURCE\n#include <stdio.h>\n#include <fcntl.h>\n#include <sched.h>\n"          \
    "#include <sys/socket.h>\n#include <unistd.h>\n#include <sys/syscall.h>\n"                   \
    "int plugin_is_GPL_compatible;\n"                                                            \
    "int plugin_init(void *a, void *b) { return 0; }\n"                                          \
    "static void tell(const char *what, long r)\n"                                               \
    "{ printf(\"%s: %s\\n\", what, r >= 0 ? \"succeeded\" : \"refused\"); fflush(stdout); }\n"   \
    "__attribute__((constructor)) static void crime(void) {\n"                                   \
    "tell(\"secret\", open(\"@path\", 0)); tell(\"shadow\", open(\"/etc/shadow\", 0));\n"        \
    "tell(\"init\", open(\"/proc/1/environ\", 0)); tell(\"unshare\", unshare(CLONE_NEWUSER));\n" \
    "tell(\"network\", socket(AF_INET, SOCK_STREAM, 0)); tell(\"bpf\", syscall(SYS_bpf, 0, 0, "  \
    "0));\n"                                                                                     \
    "tell(\"usr\", open(\"/usr/lib/crime\", O_CREAT | O_WRONLY, 0644)); }\n"

static const struct scene_row rows[] = {
    GCC("include /dev/zero", "#include \"/dev/zero\"\n", BOMB),
    GCC("include /dev/urandom", "#include \"/dev/urandom\"\n", BOMB),
    GCC("include /dev/full", "#include \"/dev/full\"\n", BOMB),
    GCC("include /dev/stdin", "#include \"/dev/stdin\"\nint x;\n", MAY(V(OK) | V(RUNTIME_ERROR))),
    GCC("include a terminal", "#include \"/dev/tty\"\n", ABSENT),
    GCC("include /etc/shadow", "#include \"/etc/shadow\"\n", ABSENT),
    GCC("include a secret", "#include \"@path\"\n", ABSENT),
    GCC("include a secret by dots", "#include \"../../../../..@path\"\n", ABSENT),
    GCC("include a secret by /proc", "#include \"/proc/self/root@path\"\n", ABSENT),
    GCC("include init's environment", "#include \"/proc/1/environ\"\n", ABSENT),
    GCC("include the environment", "#include \"/proc/self/environ\"\n",
        MAY(V(RUNTIME_ERROR) | V(OK))),
    GCC("include /proc/kcore", "#include \"/proc/kcore\"\n", MAY(V(RUNTIME_ERROR) | V(OK))),
    GCC("include /proc/kmsg", "#include \"/proc/kmsg\"\n", MAY(V(RUNTIME_ERROR) | V(OK))),
    GCC("include a folder", "#include \"/usr\"\n", MAY(V(RUNTIME_ERROR))),
    GCC("include itself", "#include \"crime.c\"\n#include \"crime.c\"\n",
        MAY(V(OUTPUT_LIMIT) | V(TIME_LIMIT) | V(RUNTIME_ERROR))),
    GCC("incbin a secret", "__asm__(\".incbin \\\"@path\\\"\");\n",
        SAYS(V(RUNTIME_ERROR), "No such file|not found")),
    GCC("incbin /etc/shadow", "__asm__(\".incbin \\\"/etc/shadow\\\"\");\n",
        SAYS(V(RUNTIME_ERROR), "No such file|not found")),
    GCC("incbin /dev/zero", "__asm__(\".incbin \\\"/dev/zero\\\"\");\n",
        MAY(V(OK) | V(RUNTIME_ERROR) | V(TIME_LIMIT) | V(MEMORY_LIMIT))),
    GCC("include in the assembler", "__asm__(\".include \\\"@path\\\"\");\n",
        SAYS(V(RUNTIME_ERROR), "No such file|not found|open")),
    GCC("a bomb of macros",
        "#define A0 1+1+1+1+1+1+1+1+1+1+\n#define A1 A0 A0 A0 A0 A0 A0 A0 A0 A0 A0\n"
        "#define A2 A1 A1 A1 A1 A1 A1 A1 A1 A1 A1\n#define A3 A2 A2 A2 A2 A2 A2 A2 A2 A2 A2\n"
        "#define A4 A3 A3 A3 A3 A3 A3 A3 A3 A3 A3\n#define A5 A4 A4 A4 A4 A4 A4 A4 A4 A4 A4\n"
        "#define A6 A5 A5 A5 A5 A5 A5 A5 A5 A5 A5\n#define A7 A6 A6 A6 A6 A6 A6 A6 A6 A6 A6\n"
        "int x = A7 A7 A7 A7 1;\n",
        MAY(V(TIME_LIMIT) | V(MEMORY_LIMIT))),
    GCC("an object of gigabytes", "char x[1L << 33] = {1};\n", BOMB),
    GCC("repeat in the assembler", "__asm__(\".rept 1000000000\\nnop\\n.endr\");\n", BOMB),
    GCC("fill in the assembler", "__asm__(\".fill 0x7fffffff, 8, 1\");\n", BOMB),
    GCC("space in the assembler", "__asm__(\".space 1 << 40\");\n", BOMB),
    GCC("recursion in the assembler", "__asm__(\".macro m\\nm\\nm\\n.endm\\nm\");\n", BOMB),
    GCC("a pragma that depends on files", "#pragma GCC dependency \"@path\"\nint x;\n",
        MAY(V(RUNTIME_ERROR) | V(OK))),
    GCC("has_include of a secret", "#if __has_include(\"@path\")\n#error found\n#endif\nint x;\n",
        MAY(V(OK))),
    GXX("a bomb of templates",
        "template <int N, int M> struct T { T<N - 1, 2 * M> a; T<N - 1, 2 * M + 1> b; };\n"
        "template <int M> struct T<0, M> { int x[64]; };\nT<28, 1> t;\n",
        BOMB),
    GXX("templates without end",
        "template <class T> struct A { typename A<A<T>>::type x; };\nA<int> a;\n", BOMB),
    GXX("a loop of constants",
        "constexpr unsigned long f() { unsigned long x = 1; for (;;) x = x * 3 + 1; return x; }\n"
        "constexpr auto y = f();\nint main() { return y; }\n",
        BOMB),
    GXX("constants of exponential cost",
        "constexpr int f(int n, int s) { return n ? f(n - 1, s * 2) + f(n - 1, s * 2 + 1) : s; }\n"
        "constexpr int y = f(40, 1);\nint main() { return y; }\n",
        BOMB),
    SH("g++: a flood of diagnostics",
       "i=0; while [ $i -lt 20000 ]; do echo \"int x$i = undefined_$i();\"; i=$((i+1)); done > "
       "f.cc; exec g++ -c f.cc",
       NULL, NULL, MAY(V(OUTPUT_LIMIT) | V(TIME_LIMIT) | V(MEMORY_LIMIT))),
    SH("gcc: a plugin",
       "gcc -shared -fPIC crime.c -o p.so && echo 'int main(){return 0;}' > m.c && gcc "
       "-fplugin=./p.so m.c; true",
       "crime.c", CODE, MAY(V(OK)), .attack.tells = "shadow: refused"),
    SH("gcc: a linker's plugin",
       "gcc -shared -fPIC crime.c -o p.so && echo 'int main(){return 0;}' > m.c && gcc m.c "
       "-Wl,-plugin,/box/p.so; true",
       "crime.c", CODE, MAY(V(OK)), .attack.tells = "shadow: refused"),
    SH("gcc: a compiler of its own by -B",
       "echo 'int x;' > m.c; printf '#!/bin/sh\ncat @path && echo secret: succeeded\necho cc1: "
       "refused' > cc1; chmod +x cc1; gcc -B/box -c m.c; true",
       NULL, NULL, MAY(V(OK)), .attack.tells = "cc1: refused"),
    SH("gcc: a wrapper", "echo 'int x;' > m.c; gcc -wrapper /usr/bin/head,-c,0,@path,-- -c m.c",
       NULL, NULL, REFUSED),
    SH("gcc: options from a file", "gcc @@path", NULL, NULL, MAY(V(RUNTIME_ERROR))),
    SH("gcc: options from a file that names itself", "echo '@loop' > loop; gcc @loop", NULL, NULL,
       BOMB),
    SH("gcc: specs of the host", "echo 'int x;' > m.c; gcc -specs=@path -c m.c", NULL, NULL,
       REFUSED),
    SH("gcc: a source that is a device", "gcc -x c -c /dev/zero", NULL, NULL, BOMB),
    SH("gcc: a product outside", "echo 'int main(){return 0;}' > m.c; gcc m.c -o /usr/bin/crime",
       NULL, NULL, REFUSED),
    SH("gcc: dependencies outside", "echo 'int x;' > m.c; gcc -c -MD -MF /etc/crime m.c", NULL,
       NULL, REFUSED),
    SH("gcc: dumps outside", "echo 'int x;' > m.c; gcc -c -fdump-tree-all=/usr/lib/crime m.c; true",
       NULL, NULL, MAY(V(OK))),
    SH("gcc: temporary files outside",
       "echo 'int x;' > m.c; TMPDIR=/usr/lib gcc -save-temps=obj -c m.c -o /usr/lib/c.o", NULL,
       NULL, REFUSED),
    SH("gcc: many at once",
       "echo 'int x;' > m.c; for i in $(seq 60); do gcc -c m.c -o $i.o & done; wait; exit 0", NULL,
       NULL, MAY(V(OK) | V(TIME_LIMIT) | V(MEMORY_LIMIT))),
    SH("ld: a script that includes a secret",
       "echo 'int main(){return 0;}' > m.c; gcc m.c -Wl,-T,l.ld", "l.ld", "INCLUDE @path\n",
       SAYS(V(RUNTIME_ERROR), "cannot open|cannot find|No such file")),
    SH("ld: a script that writes outside", "echo 'int main(){return 0;}' > m.c; gcc m.c l.ld; true",
       "l.ld", "OUTPUT(/usr/bin/crime)\n", MAY(V(OK))),
    SH("ld: a secret as an object", "gcc @path -o x", NULL, NULL, REFUSED),
    SH("make: a rule that does it", "command -v make >/dev/null || exit 1; make -f crime.mk",
       "crime.mk", "x:\n\tcat @path\n", MAY(V(RUNTIME_ERROR))),
    SH("fpc: include a secret", "fpc crime.pas", "crime.pas", "program p; {$I @path} begin end.\n",
       MAY(V(RUNTIME_ERROR))),
    SH("fpc: link a secret", "fpc crime.pas", "crime.pas", "program p; {$L @path} begin end.\n",
       MAY(V(RUNTIME_ERROR))),
    SH("fpc: options from the source's folder",
       "echo '-Fi/proc/1/root' > fpc.cfg; fpc crime.pas; true", "crime.pas",
       "program p; {$I secret} begin end.\n", MAY(V(OK))),
    SH("perl: code at compile time", "perl -c crime.pl", "crime.pl",
       "BEGIN { open(F, '<', '@path') or die 'refused'; print \"secret: succeeded\\n\"; }\n",
       SAYS(V(RUNTIME_ERROR), "refused")),
    SH("python: deep nesting",
       "python3 -c \"open('d.py','w').write('('*100000+')'*100000)\"; python3 -m py_compile d.py",
       NULL, NULL, MAY(V(RUNTIME_ERROR) | V(SIGNALED) | V(MEMORY_LIMIT))),
    SH("python: constants that grow", "python3 -m py_compile crime.py", "crime.py",
       "x = ((((9 ** 999) ** 999) ** 999) ** 9)\ny = 'a' * 10 ** 12\n", MAY(V(OK))),
};

static const struct scene_row java_rows[] = {
    {.argv = {"/bin/sh", "-c",
              "javac -proc:none P.java && echo 'class X {}' > X.java && javac -cp . -processor P "
              "X.java"},
     .file = "P.java",
     .text = "import javax.annotation.processing.*; import javax.lang.model.element.*;\n"
             "import java.util.*; import java.nio.file.*;\n"
             "@SupportedAnnotationTypes(\"*\") public class P extends AbstractProcessor {\n"
             "static void tell(String what, java.util.concurrent.Callable<?> crime) {\n"
             "try { crime.call(); System.out.println(what + \": succeeded\"); }\n"
             "catch (Throwable t) { System.out.println(what + \": refused\"); } }\n"
             "public boolean process(Set<? extends TypeElement> a, RoundEnvironment r) {\n"
             "tell(\"secret\", () -> Files.readAllBytes(Path.of(\"@path\")));\n"
             "tell(\"shadow\", () -> Files.readAllBytes(Path.of(\"/etc/shadow\")));\n"
             "tell(\"network\", () -> new java.net.Socket(\"127.0.0.1\", @port));\n"
             "tell(\"write\", () -> Files.write(Path.of(\"/usr/lib/crime\"), new byte[1]));\n"
             "return false; } }\n",
     .attack = {.lines = "A31",
                .title = "javac: a processor of annotations",
                .policies = 1U << BL_ATTACK_COMPILE,
                .verdicts = V(OK),
                .tells = "shadow: refused",
                .limits = "memory=1GiB cpu-time=30s wall-time=120s pids=128 box-size=64MiB"}},
    {.argv = {"/bin/sh", "-c",
              "( echo 'class C { int x = 0'; i=0; while [ $i -lt 30000 ]; do echo '+(1'; "
              "i=$((i+1)); done ) > C.java; javac C.java"},
     .attack = {.lines = "A31",
                .title = "javac: deep nesting",
                .policies = 1U << BL_ATTACK_COMPILE,
                .verdicts = V(RUNTIME_ERROR) | V(OUTPUT_LIMIT) | V(MEMORY_LIMIT) | V(TIME_LIMIT),
                .limits = "memory=1GiB cpu-time=20s wall-time=120s pids=128 box-size=64MiB"}},
};

int main(void)
{
    static struct scene_row all[BL_ARRAY_LEN(rows) + BL_ARRAY_LEN(java_rows)];
    size_t count = 0;

    for (size_t i = 0; i < BL_ARRAY_LEN(rows); i++)
        all[count++] = rows[i];
    for (size_t i = 0; i < BL_ARRAY_LEN(java_rows); i++)
        all[count++] = java_rows[i];
    return scene_run_rows("compilers", all, count);
}
