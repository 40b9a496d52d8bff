"""bailiff run: every option, right and wrong."""

import json
import os
import re
import subprocess
import unittest

from harness import BAILIFF, SandboxTest, bailiff

TIMES = ("cpu-time", "wall-time")
SIZES = ("memory", "output", "error-output", "file-size", "stack", "box-size", "tmp-size")
COUNTS = ("pids", "open-files", "box-files", "tmp-files")
LIMITS = TIMES + SIZES + COUNTS + ("cpus",)
MANUAL = os.path.join(os.path.dirname(__file__), "..", "..", "docs", "man")
NONSENSE = ("0", "-1", "", "nan", "inf", "1x", "0x10", "+1", "1 s", "99999999999999999999999999")


class Help(unittest.TestCase):
    """What needs no sandbox and no root."""

    def test_version_and_help_are_on_standard_output(self):
        for args, word in ((["--version"], b"bailiff "), (["--help"], b"run "),
                           (["help"], b"doctor"), (["help", "run"], b"--cpu-time TIME"),
                           (["run", "--help"], b"--report FILE"),
                           (["doctor", "--help"], b"--json")):
            result = bailiff(*args)
            self.assertEqual(result.returncode, 0, args)
            self.assertIn(word, result.stdout)
            self.assertEqual(result.stderr, b"")

    def test_help_names_every_limit_with_bounds_and_default(self):
        text = bailiff("run", "--help").stdout.decode()
        for limit in LIMITS:
            self.assertRegex(text, rf"(?m)^  --{limit} ")
        self.assertEqual(text.count("default 64 MiB") > 0, True)
        self.assertTrue(all(len(line) <= 80 for line in text.splitlines()))

    def test_the_manual_has_every_option(self):
        for command in ("run", "judge", "doctor", "selftest"):
            with open(os.path.join(MANUAL, f"bailiff-{command}.1"), encoding="utf-8") as file:
                manual = file.read()
            for name in re.findall(r"(?m)^  --([a-z-]+)",
                                   bailiff(command, "--help").stdout.decode()):
                if (command, name) != ("doctor", "help"):
                    self.assertRegex(manual, rf"(?m)^\.(It|Nm).*Fl -{name}\b|^\.Fl -{name}\b")

    def test_help_that_cannot_be_written_is_a_failure(self):
        with open("/dev/full", "wb") as full:
            self.assertEqual(bailiff("run", "--help", stdout=full).returncode, 125)

    def test_what_is_not_known_is_named(self):
        for args, words in ((["frobnicate"], ["frobnicate", "--help"]),
                            (["run", "--frob", "x"], ["--frob", "bailiff run --help"]),
                            (["run", "--cpu-tim", "1s", "x"], ["--cpu-tim"]),
                            (["doctor", "--frob"], ["--frob", "bailiff doctor --help"]),
                            (["doctor", "x"], ["\"x\""]),
                            (["help", "frob"], ["frob"]),
                            (["run"], ["no program"]),
                            (["run", "--"], ["no program"]),
                            (["run", "--cpu-time"], ["--cpu-time needs a value"]),
                            (["run", "--quiet=1", "x"], ["--quiet takes no value"])):
            result = bailiff(*args)
            self.assertEqual(result.returncode, 125, args)
            for word in words:
                self.assertIn(word, result.stderr.decode())
        self.assertEqual(bailiff().returncode, 125)


class NotRoot(SandboxTest):
    def test_says_what_is_missing_and_the_fix(self):
        result = subprocess.run(
            ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", BAILIFF, "run",
             "--", "/bin/true"], capture_output=True, check=False)
        self.assert_refused(result, "user 65534", "sudo")

    def test_root_without_capabilities_is_refused_as_well(self):
        result = subprocess.run(
            ["setpriv", "--bounding-set", "-sys_admin", BAILIFF, "run", "--", "/bin/true"],
            capture_output=True, check=False)
        self.assert_refused(result, "CAP_SYS_ADMIN")


class Limits(SandboxTest):
    def test_every_limit_refuses_nonsense_with_its_name_and_bounds(self):
        for limit in LIMITS:
            for text in NONSENSE:
                with self.subTest(limit=limit, text=text):
                    result = self.run_program(f"--{limit}={text}", program=["/bin/true"])
                    self.assert_refused(result, limit, " to ")

    def test_units_that_are_another_kinds_are_refused(self):
        for option in [f"--{name}=1KiB" for name in TIMES + COUNTS] + \
                      [f"--{name}=1s" for name in SIZES + COUNTS]:
            self.assert_refused(self.run_program(option, program=["/bin/true"]), "number")

    def test_every_limit_takes_a_value_and_it_is_the_one_that_holds(self):
        given = {"cpu-time": ("1500ms", "cpu_time_ns", 1500000000),
                 "wall-time": ("5s", "wall_time_ns", 5000000000),
                 "memory": ("48MiB", "memory_bytes", 48 << 20),
                 "pids": ("7", "pids", 7), "cpus": ("0.5", "cpus_milli", 500),
                 "output": ("1KiB", "stdout_bytes", 1024),
                 "error-output": ("2k", "stderr_bytes", 2048),
                 "file-size": ("3MB", "file_size_bytes", 3000000),
                 "stack": ("8MiB", "stack_bytes", 8 << 20),
                 "open-files": ("33", "open_files", 33),
                 "box-size": ("2MiB", "box_bytes", 2 << 20), "box-files": ("50", "box_files", 50),
                 "tmp-size": ("1MiB", "tmp_bytes", 1 << 20), "tmp-files": ("60", "tmp_files", 60)}
        self.assertEqual(sorted(given), sorted(LIMITS))
        options = [f"--{name}={text}" for name, (text, _, _) in given.items()]
        report = self.report(*options, "--cpuset=0", program=["/bin/true"])
        for _, key, value in given.values():
            self.assertEqual(report["limits"][key], value, key)
        self.assertEqual(report["limits"]["cpuset"], "0")

    def test_rlimits_and_tmpfs_sizes_arrive_inside(self):
        result = self.shell("ulimit -n; ulimit -s; ulimit -c; df -k --output=size,itotal /box /tmp",
                            "--open-files=33", "--stack=8MiB", "--box-size=2MiB",
                            "--box-files=50", "--tmp-size=1MiB", "--tmp-files=60")
        words = result.stdout.split()
        self.assertEqual(words[:3], [b"33", b"8192", b"0"])
        self.assertEqual(words[-4:], [b"2048", b"50", b"1024", b"60"])

    def test_a_cpuset_that_is_none_is_refused(self):
        for text in ("", "x", "1-", "3-1", "0,0", "8192", "0;1"):
            self.assert_refused(self.run_program(f"--cpuset={text}", program=["/bin/true"]))

    def test_a_cpu_that_does_not_exist_is_an_error_and_not_ignored(self):
        with open("/sys/devices/system/cpu/online", encoding="ascii") as file:
            online = file.read().strip()
        result = self.run_program("--cpuset=8191", program=["/bin/true"])
        self.assert_refused(result, "cpuset", "8191", f"some of {online}")


class Environment(SandboxTest):
    def test_only_the_default_variables_are_there(self):
        os.environ["SECRET_OF_THE_CALLER"] = "1"
        self.addCleanup(os.environ.pop, "SECRET_OF_THE_CALLER")
        lines = self.run_program(program=["/usr/bin/env"]).stdout.decode().splitlines()
        self.assertEqual(sorted(lines), [
            "HOME=/box", "LANG=C.UTF-8",
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"])

    def test_env_adds_replaces_and_the_last_counts(self):
        lines = self.run_program("--env", "HOME=/tmp", "--env=A=1", "--env", "A=2=3", "--env=B=",
                                 program=["/usr/bin/env"]).stdout.decode().splitlines()
        self.assertIn("HOME=/tmp", lines)
        self.assertIn("A=2=3", lines)
        self.assertIn("B=", lines)
        self.assertEqual(len(lines), 5)

    def test_env_that_is_no_assignment_is_refused(self):
        for text in ("A", "=1", ""):
            self.assert_refused(self.run_program("--env", text, program=["/bin/true"]), "env")

    def test_workdir(self):
        self.assertEqual(self.shell("pwd").stdout, b"/box\n")
        self.assertEqual(self.shell("pwd", "--workdir=/tmp").stdout, b"/tmp\n")
        for text in ("box", "", "/" + "x" * 300):
            self.assert_refused(self.shell("pwd", f"--workdir={text}"), "workdir")
        missing = self.report("--workdir=/nowhere", program=["/bin/true"])
        self.assertEqual((missing["verdict"], missing["cause"]["step"]), ("EXEC_FAILED", "WORKDIR"))

    def test_network(self):
        script = "cat /sys/class/net/lo/operstate 2>/dev/null; cat /proc/net/dev | grep -c lo:"
        self.assertEqual(self.shell(script, "--network=none").stdout[-2:], b"1\n")
        listen = ("import socket; s=socket.create_server(('127.0.0.1',0)); "
                  "c=socket.create_connection(s.getsockname()); print('up')")
        python = ["/usr/bin/python3", "-c", listen]
        self.write("allow.json", json.dumps({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": []}))
        allow = "--seccomp=./allow.json"
        for network, says in (("loopback", b"up\n"), ("none", b"")):
            result = self.run_program(f"--network={network}", allow, program=python)
            self.assertEqual(result.stdout, says)
        self.assert_refused(self.run_program("--network=host", program=python), "network", "none")

    def test_seccomp_by_name_and_by_file(self):
        fork = "/bin/true; echo forked"
        self.assertEqual(self.shell(fork).stdout, b"forked\n")
        self.assertEqual(self.shell(fork, "--seccomp=strict").returncode, 159)
        self.write("allow.json", json.dumps({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": []}))
        self.assertEqual(self.shell(fork, "--seccomp=./allow.json").stdout, b"forked\n")
        self.assert_refused(self.shell(fork, "--seccomp=nosuch"), "nosuch", "strict")
        self.assert_refused(self.shell(fork, "--seccomp=./missing.json"), "missing.json")
        self.write("bad.json", "{")
        self.assert_refused(self.shell(fork, "--seccomp=./bad.json"), "bad.json")


class Arguments(SandboxTest):
    def test_arguments_arrive_as_they_are(self):
        args = ["", "a b", "--help", "\n", "é", "*", "$HOME"]
        script = "import sys; print(sys.argv[1:])"
        result = self.run_program(program=["/usr/bin/python3", "-c", script, *args])
        self.assertEqual(result.stdout.decode(), repr(args) + "\n")

    def test_the_first_operand_ends_the_options(self):
        result = bailiff("run", "/bin/echo", "--quiet", "--", "x")
        self.assertEqual(result.stdout, b"--quiet -- x\n")

    def test_long_arguments_arrive_and_too_long_ones_are_refused(self):
        long = "x" * 90000
        result = self.run_program(program=["/bin/echo", long])
        self.assertEqual(result.stdout.decode(), long + "\n")
        self.assert_refused(self.run_program(program=["/bin/echo", "x" * 100000]), "98304")
        self.assert_refused(self.run_program(program=["/bin/echo"] + ["x"] * 5000), "4096")

    def test_a_program_is_found_in_the_path_of_its_environment(self):
        tool = self.write("bin/tool", "#!/bin/sh\necho tool\n", 0o755)
        folder = os.path.dirname(tool)
        self.assertEqual(self.run_program("--in", f"{folder}:/opt", "--env=PATH=/opt",
                                          program=["tool"]).stdout, b"tool\n")
        self.assertEqual(self.run_program(program=["tool"]).returncode, 127)


if __name__ == "__main__":
    unittest.main()
