"""bailiff run: exit statuses, verdicts, the report and what is said on standard error."""

import json
import os
import subprocess
import unittest

from harness import BAILIFF, SandboxTest

SPIN = ["/bin/sh", "-c", "while :; do :; done"]
NUMBERS = (
    "overshoot_ns cpu_time_ns user_time_ns system_time_ns wall_time_ns max_rss_bytes oom_kills "
    "pids_refused stdin_bytes stdout_bytes stderr_bytes voluntary_switches involuntary_switches "
    "minor_faults major_faults refused_syscalls_total").split()
NUMBERS_OR_NULL = (
    "exit_code signal memory_peak_bytes memory_file_bytes memory_shmem_bytes memory_kernel_bytes "
    "memory_limit_hits pids_peak read_bytes write_bytes throttled_ns steal_ns cpu_pressure_ns "
    "memory_pressure_ns io_pressure_ns start_latency_ns started_ns ended_ns").split()
OTHERS = {"bailiff": str, "verdict": str, "meaning": str, "oom_killed": bool, "warm": bool,
          "refused_syscalls": list, "files": list, "limits": dict}
DOCUMENT = os.path.join(os.path.dirname(__file__), "..", "..", "docs", "report.md")


class ExitStatus(SandboxTest):
    def test_is_the_programs_own(self):
        for status in (0, 1, 42, 124, 125, 255):
            self.assertEqual(self.shell(f"exit {status}").returncode, status)

    def test_is_128_and_the_signal(self):
        for signo in (6, 9, 11, 15):
            self.assertEqual(self.shell(f"kill -{signo} $$").returncode, 128 + signo)

    def test_is_124_for_a_limit(self):
        cases = ((["--cpu-time=50ms"], SPIN, "TIME_LIMIT", "cpu-time"),
                 (["--wall-time=50ms"], ["/bin/sleep", "100"], "WALL_TIME_LIMIT", "wall-time"),
                 (["--memory=16MiB"], ["/usr/bin/python3", "-c", "x = b'x' * (64 << 20)"],
                  "MEMORY_LIMIT", "memory"),
                 (["--output=10"], ["/bin/echo", "0123456789"], "OUTPUT_LIMIT", "output"),
                 (["--error-output=10"], ["/bin/sh", "-c", "echo 0123456789 >&2"], "OUTPUT_LIMIT",
                  "error-output"),
                 (["--file-size=1KiB"], ["/bin/sh", "-c", "exec head -c 9999 /dev/zero > f"],
                  "OUTPUT_LIMIT", "file-size"))
        for options, program, verdict, limit in cases:
            with self.subTest(limit=limit):
                report = self.report(*options, program=program)
                self.assertEqual((report["status"], report["verdict"]), (124, verdict))
                self.assertEqual((report["cause"]["kind"], report["cause"]["limit"]),
                                 ("limit", limit))
                if limit == "file-size":  # held by the kernel: nothing went beyond it
                    self.assertIsNone(report["cause"]["observed"])
                else:
                    self.assertGreaterEqual(report["cause"]["observed"], report["cause"]["bound"])

    def test_is_126_or_127_where_nothing_was_executed(self):
        self.write("plain", "not a program")
        self.write("data", "\x7fELF", 0o755)
        for program, status in ((["nosuch"], 127), (["/nosuch/x"], 127), (["./nosuch"], 127),
                                (["/box/plain"], 126), (["/tmp"], 126), (["/box/data"], 126)):
            with self.subTest(program=program):
                report = self.report("--in=plain", "--in=data", program=program)
                self.assertEqual((report["status"], report["verdict"]), (status, "EXEC_FAILED"))
                self.assertIsNone(report["exit_code"])

    def test_is_159_for_a_forbidden_call(self):
        report = self.report("--seccomp=strict", program=["/bin/sh", "-c", "/bin/true"])
        self.assertEqual((report["status"], report["verdict"]), (159, "FORBIDDEN_SYSCALL"))
        self.assertEqual(report["cause"]["kind"], "syscall")
        self.assertIn("fork", report["cause"]["syscall"]["name"])
        self.assertTrue(report["cause"]["syscall"]["killed"])

    def test_a_child_killed_for_memory_is_a_memory_limit_though_the_parent_exits_0(self):
        script = "/usr/bin/python3 -c \"x = b'x' * (64 << 20)\"; exit 0"
        report = self.report("--memory=24MiB", program=["/bin/sh", "-c", script])
        self.assertEqual((report["status"], report["verdict"]), (124, "MEMORY_LIMIT"))
        self.assertTrue(report["oom_killed"])
        self.assertGreater(report["oom_kills"], 0)


class Report(SandboxTest):
    def check_schema(self, report):
        for key in NUMBERS:
            self.assertIsInstance(report.pop(key), int, key)
        for key in NUMBERS_OR_NULL:
            self.assertIsInstance(report.pop(key), (int, type(None)), key)
        for key, kind in OTHERS.items():
            self.assertIsInstance(report.pop(key), kind, key)
        self.assertIsInstance(report.pop("signal_name"), (str, type(None)))
        self.assertIsInstance(report.pop("cause"), (dict, type(None)))
        report.pop("status")
        self.assertEqual(report, {}, "keys that the schema does not have")

    def test_has_one_schema_whatever_happens(self):
        for options, program in (([], ["/bin/true"]), ([], ["nosuch"]),
                                 (["--cpu-time=20ms"], SPIN),
                                 (["--seccomp=strict"], ["/bin/sh", "-c", "/bin/true"]),
                                 (["--out=none"], ["/bin/true"])):
            self.check_schema(self.report(*options, program=program))

    def test_every_key_is_documented(self):
        with open(DOCUMENT, encoding="utf-8") as file:
            text = file.read()
        report = self.report(program=["/bin/true"])
        report.pop("status")
        for key in list(report) + list(report["limits"]):
            self.assertIn(f"`{key}`", text)

    def test_counts_what_really_happened(self):
        self.write("input", b"i" * 1000)
        script = ("import sys,time\n"
                  "data=sys.stdin.buffer.read()\n"
                  "sys.stdout.write('o'*5000); sys.stderr.write('e'*300)\n"
                  "t=time.process_time()\n"
                  "while time.process_time()-t<0.2: pass\n")
        report = self.report("--stdin=input", "--stdout=out", "--stderr=err",
                             program=["/usr/bin/python3", "-c", script])
        self.assertEqual(report["verdict"], "OK")
        self.assertEqual((report["stdout_bytes"], report["stderr_bytes"]), (5000, 300))
        self.assertEqual((os.path.getsize("out"), os.path.getsize("err")), (5000, 300))
        self.assertGreaterEqual(report["cpu_time_ns"], 200_000_000)
        self.assertAlmostEqual(report["cpu_time_ns"], delta=2000,  # v2 counts microseconds
                               second=report["user_time_ns"] + report["system_time_ns"])
        self.assertEqual(report["wall_time_ns"], report["ended_ns"] - report["started_ns"])

    def test_to_standard_error_by_a_dash(self):
        result = self.run_program("--report=-", program=["/bin/echo", "x"])
        self.assertEqual(result.stdout, b"x\n")
        self.assertEqual(json.loads(result.stderr)["verdict"], "OK")

    def test_replaces_a_file_and_writes_through_what_is_none(self):
        self.write("old", "old")
        os.link("old", "second-name")
        self.run_program("--report=old", program=["/bin/true"])
        self.assertEqual(json.loads(self.read("old"))["verdict"], "OK")
        self.assertEqual(self.read("second-name"), b"old")
        result = self.run_program("--report=/dev/stdout", program=["/bin/true"])
        self.assertEqual(json.loads(result.stdout)["verdict"], "OK")

    def test_goes_through_a_pipe_that_has_a_reader(self):
        os.mkfifo("pipe")
        self.assertEqual(self.run_program("--report=pipe", program=["/bin/true"]).returncode, 125)
        reader = os.open("pipe", os.O_RDONLY | os.O_NONBLOCK)
        self.run_program("--report=pipe", program=["/bin/true"])
        self.assertEqual(json.loads(os.read(reader, 65536))["verdict"], "OK")
        os.close(reader)

    def test_where_it_cannot_be_written_nothing_is_run(self):
        os.mkdir("folder")
        for path in ("none/report", "folder", "folder/", ""):
            with self.subTest(path=path):
                result = self.run_program(f"--report={path}", program=["/bin/echo", "ran"])
                self.assert_refused(result)
        self.assertEqual(self.run_program("--report=/dev/full", program=["/bin/true"]).returncode,
                         125)


class Messages(SandboxTest):
    def test_one_line_for_a_broken_limit(self):
        result = self.run_program("--cpu-time=50ms", program=SPIN)
        self.assertRegex(result.stderr.decode(), r"^bailiff: TIME_LIMIT: used [\d.]+ m?s of "
                                                 r"CPU time, limit 50 ms\n$")

    def test_none_where_it_is_quiet_or_reported(self):
        self.assertEqual(self.run_program("--quiet", "--cpu-time=50ms", program=SPIN).stderr, b"")
        result = self.run_program("--report=r", "--cpu-time=50ms", program=SPIN)
        self.assertEqual(result.stderr, b"")

    def test_none_where_the_program_ended_by_itself(self):
        for script in ("exit 0", "exit 7", "kill -9 $$"):
            self.assertEqual(self.shell(script).stderr, b"")

    def test_why_nothing_was_executed(self):
        self.assertEqual(self.run_program(program=["nosuch"]).stderr,
                         b"bailiff: EXEC_FAILED: cannot execute the program: nosuch: "
                         b"No such file or directory\n")

    def test_our_own_failure_is_told_even_where_it_is_quiet(self):
        result = subprocess.run([BAILIFF, "run", "--quiet", "--", "/bin/true"], check=False,
                                capture_output=True, env={"BAILIFF_WARDEN": "/nosuch"})
        self.assert_refused(result, "/nosuch")


if __name__ == "__main__":
    unittest.main()
