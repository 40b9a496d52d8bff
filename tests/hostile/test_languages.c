/* test_languages.c - attacks in the languages that submissions come in: what a runtime does for a
 * program, or with the kernel beneath it, must meet the same walls. Under the policy `default`. */
#include <sys/syscall.h>

#include "bailiff/own.h"
#include "tests/hostile/scene.h"

/* System calls by number, for languages that can make any. */
#define TEXT_OF(number) #number
#define TEXT(number) TEXT_OF(number)
#define UNSHARE TEXT(__NR_unshare)
#define NUMBERS                                                                                                     \
    UNSHARE ", " TEXT(__NR_mount) ", " TEXT(__NR_bpf) ", " TEXT(__NR_ptrace) ", " TEXT(__NR_userfaultfd) ", " TEXT( \
        __NR_io_uring_setup) ", " TEXT(__NR_chroot) ", " TEXT(__NR_pivot_root) ", " TEXT(__NR_setns) ", " TEXT(__NR_init_module)

#define V(verdict) (1U << BL_VERDICT_##verdict)
#define MAY(verdict_bits) .attack.verdicts = verdict_bits
#define TELLS(line) MAY(V(OK)), .attack.tells = line

#define ROW(row_lines, row_title, row_limits)                                          \
    .attack.lines = row_lines, .attack.title = row_title, .attack.limits = row_limits, \
    .attack.policies = 1U << BL_ATTACK_DEFAULT

#define SMALL "memory=64MiB cpu-time=500ms wall-time=10s"
#define SLEEPY "memory=64MiB cpu-time=2s wall-time=1s"

#define PYTHON(lines, name, limits, source, ...)                                      \
    {                                                                                 \
        .argv = {"/usr/bin/python3", "crime.py"}, .file = "crime.py", .text = source, \
        ROW(lines, "python: " name, limits), __VA_ARGS__                              \
    }
#define SHELL(lines, name, limits, source, ...)                                \
    {                                                                          \
        .argv = {"/bin/bash", "crime.sh"}, .file = "crime.sh", .text = source, \
        ROW(lines, "bash: " name, limits), __VA_ARGS__                         \
    }
#define NODE(lines, name, source, ...)                                                    \
    {                                                                                     \
        .argv = {"/usr/bin/node", "crime.js"}, .file = "crime.js", .text = source,        \
        ROW(lines, "node: " name, "memory=256MiB cpu-time=3s wall-time=20s"), __VA_ARGS__ \
    }
#define PERL(lines, name, source, ...)                                             \
    {                                                                              \
        .argv = {"/usr/bin/perl", "crime.pl"}, .file = "crime.pl", .text = source, \
        ROW(lines, "perl: " name, SMALL), __VA_ARGS__                              \
    }
#define JAVA_LIMITS "memory=1GiB cpu-time=20s wall-time=90s pids=128"
#define JAVA(lines, name, body, ...)                                                       \
    {                                                                                      \
        .argv = {"/usr/bin/java", "-Xmx64m", "-XX:+UseSerialGC", "Crime.java"},            \
        .file = "Crime.java",                                                              \
        .text = "import java.util.*; import java.nio.file.*; import java.net.*;\n"         \
                "public class Crime { static void tell(String what,\n"                     \
                "java.util.concurrent.Callable<?> crime) { try { crime.call();\n"          \
                "System.out.println(what + \": succeeded\"); } catch (Throwable t) {\n"    \
                "System.out.println(what + \": refused\"); } }\n"                          \
                "public static void main(String[] a) throws Exception {\n" body "\n} }\n", \
        ROW(lines, "java: " name, JAVA_LIMITS), __VA_ARGS__                                \
    }

#define PYTHON_TELL                                                    \
    "def tell(what, crime):\n"                                         \
    "    try:\n        crime()\n        print(what + ': succeeded')\n" \
    "    except BaseException as e:\n        print(what + ': refused')\n"

static const struct scene_row rows[] = {
    PYTHON("A3 A34", "read the host", SMALL,
           PYTHON_TELL "import os, glob\n"
                       "for p in ('@path', '/etc/shadow', '/proc/1/environ', '/proc/1/mem',\n"
                       "          '/proc/self/root@path', '/dev/mem', '/proc/kcore', '/root'):\n"
                       "    tell(p, lambda: open(p, 'rb').read(1)[0])\n"
                       "tell('others', lambda: [p for p in glob.glob('/proc/[0-9]*')\n"
                       "     if int(p[6:]) != os.getpid()][0])\n",
           TELLS("/etc/shadow: refused")),
    PYTHON("A7", "the network", SMALL,
           PYTHON_TELL "import socket, urllib.request\n"
                       "tell('host', lambda: socket.create_connection(('127.0.0.1', @port), 1))\n"
                       "tell('six', lambda: socket.create_connection(('::1', @port), 1))\n"
                       "tell('metadata', lambda: urllib.request.urlopen(\n"
                       "     'http://169.254.169.254/', timeout=1))\n"
                       "tell('raw', lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW))\n"
                       "tell('name', lambda: socket.gethostbyname('example.org'))\n",
           TELLS("metadata: refused")),
    PYTHON("A28 A35", "system calls by ctypes", SMALL,
           "import ctypes\nc = ctypes.CDLL(None, use_errno=True)\n"
           "for n in (" NUMBERS "):\n"
           "    r = c.syscall(n, 0x10000000, 0, 0, 0, 0, 0)\n"
           "    print('call %d: %s' % (n, 'succeeded' if r >= 0 else 'refused'))\n",
           TELLS("call " UNSHARE ": refused"), .attack.evidence = "unshare"),
    PYTHON("A28", "write outside", SMALL,
           PYTHON_TELL
           "import os, shutil\n"
           "for d in ('/', '/usr', '/usr/bin', '/etc', '/app', '/run', '/proc', '/dev'):\n"
           "    tell(d, lambda: open(d + '/crime', 'w'))\n"
           "    tell(d + ' mkdir', lambda: os.mkdir(d + '/crimes'))\n"
           "tell('tree', lambda: shutil.rmtree('/usr/share/doc'))\n"
           "tell('itself', lambda: open('/usr/bin/python3', 'r+b'))\n",
           TELLS("/usr: refused")),
    PYTHON("A14", "burn time", SMALL, "while True: pass\n", MAY(V(TIME_LIMIT))),
    PYTHON("A14", "a large number", SMALL, "print(9 ** 9 ** 9)\n",
           MAY(V(TIME_LIMIT) | V(MEMORY_LIMIT))),
    PYTHON("A14", "a regular expression", SMALL, "import re\nre.match('(a+)+$', 'a' * 60 + 'b')\n",
           MAY(V(TIME_LIMIT))),
    PYTHON("A11", "sleep", SLEEPY, "import time\ntime.sleep(10 ** 6)\n", MAY(V(WALL_TIME_LIMIT))),
    PYTHON("A11", "deaf and asleep", SLEEPY,
           "import signal, time\nfor n in range(1, 65):\n"
           "    try: signal.signal(n, signal.SIG_IGN)\n    except (OSError, ValueError): pass\n"
           "while True: time.sleep(1000)\n",
           MAY(V(WALL_TIME_LIMIT))),
    PYTHON("A13", "leave daemons", SLEEPY,
           "import subprocess\nfor i in range(8):\n"
           "    subprocess.Popen(['/bin/sleep', '1000'], start_new_session=True)\n",
           MAY(V(OK))),
    PYTHON("A19", "a list that grows", SMALL, "x = []\nwhile True: x.append(bytes(100000))\n",
           MAY(V(MEMORY_LIMIT))),
    PYTHON("A19", "a bomb of zeros", SMALL,
           "import zlib\nz = zlib.compressobj(9)\n"
           "d = b''.join(z.compress(bytes(1 << 20)) for i in range(200)) + z.flush()\n"
           "x = zlib.decompress(d)\nprint(len(x))\n",
           MAY(V(MEMORY_LIMIT) | V(TIME_LIMIT))),
    PYTHON("A19", "more than any machine has", SMALL, "x = bytearray(1 << 45)\n",
           MAY(V(RUNTIME_ERROR) | V(MEMORY_LIMIT))),
    PYTHON("A21", "a child that eats", SMALL,
           "import os\nif os.fork() == 0:\n    x = b'x' * (1 << 28)\n    os._exit(0)\nos.wait()\n",
           MAY(V(MEMORY_LIMIT))),
    PYTHON("A22", "recursion", SMALL,
           "import sys\nsys.setrecursionlimit(10 ** 9)\ndef f(x): return f(lambda: x)\nf(0)\n",
           MAY(V(MEMORY_LIMIT) | V(SIGNALED) | V(TIME_LIMIT))),
    PYTHON("A22", "a null pointer", SMALL, "import ctypes\nctypes.string_at(0)\n",
           MAY(V(SIGNALED))),
    PYTHON("A25", "bomb of processes", SMALL,
           "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass\n",
           MAY(V(TIME_LIMIT) | V(MEMORY_LIMIT))),
    PYTHON("A25", "bomb of threads", SLEEPY,
           "import threading, time\nwhile True:\n"
           "    try: threading.Thread(target=time.sleep, args=(1000,)).start()\n"
           "    except RuntimeError: time.sleep(0.01)\n",
           MAY(V(WALL_TIME_LIMIT) | V(MEMORY_LIMIT))),
    PYTHON("A41", "flood", SMALL, "while True: print('x' * 100000)\n", MAY(V(OUTPUT_LIMIT))),
    PYTHON("A41", "bytes that are no text", SMALL,
           "import sys\nsys.stdout.buffer.write(bytes(range(256)) * 10)\n"
           "sys.stderr.buffer.write(b'\\xff\\xfe\\x00\\x1b[2J')\n",
           MAY(V(OK))),
    PYTHON("A13 A18", "kill everybody", SMALL,
           PYTHON_TELL "import os\ntell('init', lambda: os.kill(1, 9))\n"
                       "tell('all', lambda: os.kill(-1, 9))\n",
           TELLS("init: refused")),

    SHELL("A25", "the fork bomb", SMALL, ":(){ :|:& };:\nwait\n",
          MAY(V(TIME_LIMIT) | V(WALL_TIME_LIMIT) | V(OK) | V(MEMORY_LIMIT) | V(RUNTIME_ERROR))),
    SHELL("A41", "yes", SMALL, "yes\n", MAY(V(OUTPUT_LIMIT))),
    SHELL("A41", "cat /dev/zero", SMALL, "exec cat /dev/zero\n", MAY(V(OUTPUT_LIMIT))),
    SHELL(
        "A3 A34", "read the host", SMALL,
        "for f in @path /etc/shadow /proc/1/environ /proc/1/root/etc/shadow /dev/kmsg /dev/mem\n"
        "do { cat $f >/dev/null; } 2>/dev/null && echo \"$f: succeeded\" || echo \"$f: refused\"\n"
        "done\n",
        TELLS("/etc/shadow: refused")),
    SHELL("A7", "the network of the shell", SMALL,
          "(exec 3<>/dev/tcp/127.0.0.1/@port) 2>/dev/null && echo 'tcp: succeeded' || echo 'tcp: "
          "refused'\n(echo x >/dev/udp/192.0.2.1/53) 2>/dev/null && echo 'udp: succeeded' || echo "
          "'udp: refused'\n",
          TELLS("tcp: refused")),
    SHELL("A10 A14", "lift the limits", SMALL,
          "for l in t s n c m u f v; do ulimit -H -$l unlimited 2>/dev/null; done\n"
          "trap '' TERM INT XCPU HUP ALRM\nwhile :; do :; done\n",
          MAY(V(TIME_LIMIT))),
    SHELL("A13", "nohup and disown", SLEEPY,
          "for i in 1 2 3; do nohup setsid sleep 1000 >/dev/null 2>&1 & disown; done\n",
          MAY(V(OK))),
    SHELL("A19", "fill what can be filled", SMALL,
          "for d in /box /tmp /dev/shm; do dd if=/dev/zero of=$d/x bs=1M 2>/dev/null; done\n",
          MAY(V(OK) | V(RUNTIME_ERROR) | V(MEMORY_LIMIT))),
    SHELL("A8", "names that are commands", SMALL,
          "touch '$(reboot)' '; reboot' '`reboot`' '-rf' $'a\\nb'; ls | wc -l\n", MAY(V(OK))),
    SHELL("A37 A40", "dump core into a program", SMALL,
          "ulimit -c unlimited 2>/dev/null; echo '|/bin/crime' > /proc/sys/kernel/core_pattern\n"
          "kill -SEGV $$\n",
          MAY(V(SIGNALED))),

    NODE("A3", "read the host",
         "const fs = require('fs');\nfor (const p of ['@path', '/etc/shadow', '/proc/1/environ'])\n"
         "try { fs.readFileSync(p); console.log(p + ': succeeded'); }\n"
         "catch (e) { console.log(p + ': refused'); }\n",
         TELLS("/etc/shadow: refused")),
    NODE("A7", "the network",
         "require('net').connect(@port, '127.0.0.1').on('connect', () => {\n"
         "console.log('tcp: succeeded'); process.exit(0); })\n"
         ".on('error', () => console.log('tcp: refused'));\n",
         TELLS("tcp: refused")),
    NODE("A11", "wait for ever", "setInterval(() => {}, 1000);\nwhile (true) ;\n",
         MAY(V(TIME_LIMIT))),
    NODE("A19", "arrays that grow", "const a = []; for (;;) a.push(Buffer.alloc(1 << 20, 1));\n",
         MAY(V(MEMORY_LIMIT))),

    PERL("A3", "read the host",
         "for ('@path', '/etc/shadow', '/proc/1/environ') {\n"
         "print $_, open(my $f, '<', $_) ? \": succeeded\\n\" : \": refused\\n\"; }\n",
         TELLS("/etc/shadow: refused")),
    PERL("A28", "system calls by number",
         "for (" NUMBERS ") { print \"call $_: \", syscall($_, 268435456, 0, 0, 0) >= 0 ?\n"
         "\"succeeded\\n\" : \"refused\\n\"; }\n",
         TELLS("call " UNSHARE ": refused"), .attack.evidence = "unshare"),
    PERL("A25", "bomb of processes", "fork while 1;\n", MAY(V(TIME_LIMIT) | V(MEMORY_LIMIT))),

    JAVA("A3 A7", "read the host, reach the network",
         "tell(\"secret\", () -> Files.readAllBytes(Path.of(\"@path\")));\n"
         "tell(\"shadow\", () -> Files.readAllBytes(Path.of(\"/etc/shadow\")));\n"
         "tell(\"init\", () -> Files.readAllBytes(Path.of(\"/proc/1/environ\")));\n"
         "tell(\"network\", () -> new Socket(\"127.0.0.1\", @port));\n"
         "tell(\"write\", () -> Files.write(Path.of(\"/usr/crime\"), new byte[1]));\n"
         "tell(\"others\", () -> ProcessHandle.allProcesses().filter(p -> p.pid() !=\n"
         "ProcessHandle.current().pid()).findAny().get());\n",
         TELLS("others: refused")),
    JAVA("A25", "bomb of threads",
         "try { for (;;) { Thread t = new Thread(() -> { for (;;) try { Thread.sleep(100000); }\n"
         "catch (InterruptedException e) { } }); t.setDaemon(true); t.start(); } }\n"
         "catch (OutOfMemoryError e) { System.out.println(\"threads: refused\"); }\n",
         TELLS("threads: refused")),
    JAVA("A19", "a heap that grows",
         "List<byte[]> all = new ArrayList<>(); for (;;) all.add(new byte[1 << 20]);\n",
         MAY(V(RUNTIME_ERROR))),
    JAVA("A19", "memory beside the heap",
         "List<Object> all = new ArrayList<>(); for (;;)\n"
         "all.add(java.nio.ByteBuffer.allocateDirect(1 << 20));\n",
         MAY(V(RUNTIME_ERROR))),
};

int main(void)
{
    return scene_run_rows("languages", rows, BL_ARRAY_LEN(rows));
}
