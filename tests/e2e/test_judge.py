"""bailiff judge: packages made for each promise, and what is said of them."""

import json
import os
import pty
import re
import shutil
import signal
import subprocess
import unittest

from harness import (BAILIFF, DEADLINE_S, SLOWNESS, SandboxTest, bailiff, descendants_of,
                     groups_of, group_is_gone, is_alive, wait_until)

ECHO = "print(input())\n"
SPIN = "while True: pass\n"
SILENT = "input()\n"
CRASH = "raise SystemExit(3)\n"


def name_of(pid):
    try:
        with open(f"/proc/{pid}/comm", encoding="latin-1") as file:
            return file.read().strip()
    except OSError:
        return ""


class JudgeTest(SandboxTest):
    def package(self, yaml="", cases=1, limit="2", **files):
        """A package in ./p whose right answer is the input. files: path with __ for /."""
        self.write("p/problem.yaml", yaml)
        if limit:
            self.write("p/.timelimit", str(float(limit) * SLOWNESS))
        for number in range(1, cases + 1):
            self.write(f"p/data/secret/{number}.in", f"{number}\n")
            self.write(f"p/data/secret/{number}.ans", f"{number}\n")
        for path, content in files.items():
            self.write("p/" + path.replace("__", "/").replace("_py", ".py"), content)

    def judge(self, *args, **options):
        result = bailiff("judge", "--json", "--quiet", *args, **options)
        self.assertIn(result.returncode, (0, 1), result.stderr.decode(errors="replace"))
        report = json.loads(result.stdout)
        self.assertEqual(report["expectations_met"], result.returncode == 0)
        report["by"] = {one["submission"]: one for one in report["submissions"]}
        return report

    def verdicts(self, *args):
        return {name: one["verdict"] for name, one in self.judge(*args)["by"].items()}

    def submission(self, name, *args):
        return self.judge("p", name, *args)["by"][name]


class Expectations(JudgeTest):
    def test_status_and_table_tell_whether_they_were_met(self):
        self.package()
        self.write("p/submissions/accepted/echo.py", ECHO)
        self.write("p/submissions/wrong_answer/silent.py", SILENT)
        result = bailiff("judge", "p")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn(b"2 of 2 expectations met", result.stdout)
        self.write("p/submissions/accepted/silent.py", SILENT)
        result = bailiff("judge", "p")
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"NOT MET", result.stdout)
        self.assertIn(b"[WA on secret/1, expected AC]", result.stdout)

    def test_every_verdict_is_told_apart(self):
        self.package("limits: {memory: 64, output: 1}\n", limit="0.3")
        programs = {"AC": ECHO, "WA": SILENT, "TLE": SPIN, "RTE": CRASH,
                    "MLE": "x = bytearray(200 << 20)\n", "OLE": "print('x' * (4 << 20))\n",
                    "CE": "def\n"}
        for verdict, text in programs.items():
            self.write(f"p/submissions/mine/{verdict}.py", text)
        seen = self.judge("p")["by"]
        for verdict in programs:
            one = seen[f"mine/{verdict}.py"]
            self.assertEqual(one["verdict"], verdict, one)
            self.assertEqual(one["expectation"], "none")
            self.assertEqual(bool(one["reason"]), verdict != "AC", one)
        self.assertEqual(seen["mine/MLE.py"]["testcases"][0]["run"]["cause"]["limit"], "memory")

    def test_a_file_beyond_its_limit_is_told_by_the_limit(self):
        self.package("limits: {output: 1}\n", submissions__mine__fill_py="import signal\n"
                     "signal.signal(signal.SIGXFSZ, signal.SIG_DFL)\n"
                     "open('f', 'wb').write(bytes(16 << 20))\n")
        one = self.submission("mine/fill.py")
        self.assertEqual((one["verdict"], one["reason"]),
                         ("OLE", "file-size: beyond the limit, 1 MiB"))

    def test_a_tag_is_held_to(self):
        self.package()
        self.write("p/submissions/mixed/a.py", "# @EXPECTED_RESULTS@: WRONG-ANSWER\n" + SILENT)
        self.write("p/submissions/mixed/b.py", "# @EXPECTED_RESULTS@: TIMELIMIT\n" + SILENT)
        seen = self.judge("p")["by"]
        self.assertEqual(seen["mixed/a.py"]["expectation"], "met")
        self.assertEqual(seen["mixed/b.py"]["expectation"], "unmet")
        self.assertIn("expected TLE", seen["mixed/b.py"]["unmet"])

    def test_a_file_from_elsewhere_is_judged_and_nothing_expected(self):
        self.package(submissions__accepted__echo_py=ECHO)
        self.write("mine.py", SILENT)
        self.write("folder/main.py", "from util import answer\nanswer()\n")
        self.write("folder/util.py", "def answer():\n    print(input())\n")
        seen = self.judge("p", "mine.py", "folder", "p/submissions/accepted/echo.py")["by"]
        self.assertEqual(seen["mine.py"]["verdict"], "WA")
        self.assertEqual(seen["folder"]["verdict"], "AC")
        self.assertEqual(seen["accepted/echo.py"]["expectation"], "met")

    def test_a_packed_package_is_to_be_unpacked(self):
        self.write("p.zip", "PK")
        self.assert_refused(bailiff("judge", "p.zip"), "p.zip", "unpack it")

    def test_numbers_out_of_bounds_are_refused_with_option_and_bounds(self):
        for option, bounds in (("jobs", "1 to 256"), ("time-limit", "1 ms to 1 h")):
            for text in ("0", "-1", "", "nan", "1x", "99999999999999999999999999"):
                with self.subTest(option=option, text=text):
                    self.assert_refused(bailiff("judge", f"--{option}={text}", "p"), "--" + option,
                                        bounds)

    def test_unknown_names_and_packages_are_refused(self):
        self.package(submissions__accepted__echo_py=ECHO)
        self.assert_refused(bailiff("judge", "p", "accepted/none.py"), "accepted/none.py")
        self.assert_refused(bailiff("judge", "none"), "none")
        self.assert_refused(bailiff("judge"), "no package")
        for option in ("--jobs=0", "--jobs=-1", "--jobs=x", "--jobs=1000", "--time-limit=0",
                       "--time-limit=-1s", "--time-limit=nan", "--time-limit=1parsec"):
            self.assert_refused(bailiff("judge", option, "p"), option.split("=", maxsplit=1)[0])


class Testcases(JudgeTest):
    def test_the_first_rejection_that_decides_ends_it(self):
        self.package(cases=6)
        program = "n = int(input())\nprint(n if n != 3 else 0)\n"
        self.write("p/submissions/wrong_answer/third.py", program)
        for jobs in "1", "4":
            one = self.submission("wrong_answer/third.py", "--jobs", jobs)
            self.assertEqual([case["verdict"] for case in one["testcases"]], ["AC", "AC", "WA"])
            self.assertEqual(one["testcase"], "secret/3")
        one = self.submission("wrong_answer/third.py", "--all")
        self.assertEqual(len(one["testcases"]), 6)
        self.assertEqual(one["verdict"], "WA")

    def test_the_verdict_does_not_depend_on_which_ends_first(self):
        # case 1 is slow and wrong, case 2 quick and crashes
        self.package(cases=2)
        self.write("p/submissions/mine/race.py",
                   "import time\nn = int(input())\nif n == 1:\n    time.sleep(0.5)\n"
                   "    print(0)\nelse:\n    raise SystemExit(1)\n")
        for jobs in "1", "2", "8":
            self.assertEqual(self.submission("mine/race.py", "--jobs", jobs)["verdict"], "WA")

    def test_groups_that_go_on_tell_the_worst(self):
        self.package(cases=2, data__secret__testdata_yaml="")
        self.write("p/data/testdata.yaml", "on_reject: continue\n")
        self.write("p/submissions/mine/two.py",
                   "n = int(input())\nif n == 2:\n    raise SystemExit(1)\nprint(0)\n")
        one = self.submission("mine/two.py")
        self.assertEqual([case["verdict"] for case in one["testcases"]], ["WA", "RTE"])
        self.assertEqual(one["verdict"], "RTE")

    def test_arguments_and_files_of_a_testcase_reach_the_program(self):
        self.package("problem_format_version: 2023-07-draft\nname: x\nuuid: y\n")
        self.write("p/data/secret/1.yaml", "args: [--add, '4 2']\n")
        self.write("p/data/secret/1.files/sub/data.txt", "from a file")
        self.write("p/data/secret/1.ans", "--add 4 2 from a file\n")
        self.write("p/submissions/accepted/a.py",
                   "import sys\nprint(*sys.argv[1:], open('sub/data.txt').read())\n")
        one = self.submission("accepted/a.py")
        self.assertEqual(one["verdict"], "AC", one)

    def test_included_files_go_with_the_program(self):
        self.package()
        self.write("p/include/python3/helper.py", "answer = lambda: print(input())\n")
        self.write("p/submissions/accepted/a.py", "import helper\nhelper.answer()\n")
        self.assertEqual(self.submission("accepted/a.py")["verdict"], "AC")

    def test_a_private_package_can_be_judged(self):
        self.package(submissions__accepted__echo_py=ECHO)
        self.write("p/problem.yaml", "validation: custom\n")
        self.write("p/output_validator/v.py",
                   "import sys\nsys.exit(42 if open(sys.argv[1]).read() == "
                   "open(sys.argv[2]).read() == sys.stdin.read() else 43)\n")
        for folder, _, files in os.walk("p", topdown=False):
            for name in files:
                os.chmod(os.path.join(folder, name), 0o600)
            os.chmod(folder, 0o700)
        one = self.submission("accepted/echo.py")
        self.assertEqual(one["verdict"], "AC", one)

    def test_a_program_cannot_change_its_input(self):
        self.package()
        os.chmod("p/data/secret/1.in", 0o666)
        self.write("p/submissions/accepted/a.py",
                   "try:\n    with open('/proc/self/fd/0', 'r+') as stdin:\n"
                   "        stdin.write('7')\nexcept OSError:\n    pass\nprint(input())\n")
        self.assertEqual(self.submission("accepted/a.py")["verdict"], "AC")
        self.assertEqual(self.read("p/data/secret/1.in"), b"1\n")


class TimeLimit(JudgeTest):
    def test_is_found_from_the_slowest_accepted(self):
        self.package(limit=None)
        busy = "import time\nwhile time.process_time() < 0.3: pass\n" + ECHO
        self.write("p/submissions/accepted/busy.py", busy)
        self.write("p/submissions/accepted/quick.py", ECHO)
        self.write("p/submissions/time_limit_exceeded/spin.py", SPIN)
        report = self.judge("p")
        slowest = max(report["by"][f"accepted/{name}.py"]["slowest_cpu_time_ns"]
                      for name in ("busy", "quick"))
        limit = report["time_limit_ns"]
        self.assertGreaterEqual(limit, 5 * slowest)
        self.assertLess(limit - 1_000_000_000, 5 * slowest)
        self.assertEqual(report["by"]["time_limit_exceeded/spin.py"]["verdict"], "TLE")

    def test_one_submission_alone_brings_those_that_set_the_limit(self):
        self.package(limit=None, submissions__accepted__echo_py=ECHO)
        self.write("mine.py", SPIN)
        report = self.judge("p", "mine.py")
        self.assertEqual(report["by"]["mine.py"]["verdict"], "TLE")
        self.assertEqual(report["by"]["accepted/echo.py"]["verdict"], "AC")

    def test_without_any_to_find_it_by_is_an_error(self):
        self.package(limit=None, submissions__wrong_answer__silent_py=SILENT)
        self.assert_refused(bailiff("judge", "--quiet", "p"), "no time limit")

    def test_of_the_command_line_wins(self):
        self.package(limit="60", submissions__time_limit_exceeded__spin_py=SPIN)
        report = self.judge("p", "--time-limit=200ms")
        self.assertEqual(report["time_limit_ns"], 200_000_000)
        self.assertTrue(report["expectations_met"])


class Validators(JudgeTest):
    def custom(self, validator, yaml="validation: custom\n", name="p/output_validators/v.py"):
        self.package(yaml, submissions__mine__echo_py=ECHO)
        self.write(name, validator)

    def test_only_42_and_43_are_judgements(self):
        for text, verdict, words in (
                ("exit(42)", "AC", ""), ("exit(43)", "WA", ""),
                ("exit(0)", "JE", "exit status 0"), ("exit(1)", "JE", "exit status 1"),
                ("import os\nos.abort()", "JE", "signal 6"),
                ("while True: pass", "JE", "cpu-time"),
                ("x = bytearray(200 << 20)", "JE", "memory")):
            with self.subTest(text=text):
                self.custom(text, "validation: custom\nlimits: {validation_time: 1, "
                                  "validation_memory: 64}\n")
                one = self.submission("mine/echo.py")
                self.assertEqual(one["verdict"], verdict, one)
                self.assertIn(words, one["reason"] or "")

    def test_a_judge_error_is_never_a_met_expectation(self):
        self.custom("exit(1)")
        self.write("p/submissions/rejected/echo.py", ECHO)
        self.assertEqual(self.submission("rejected/echo.py")["expectation"], "unmet")

    def test_are_called_as_the_format_has_it(self):
        self.custom("import sys\nok = (open(sys.argv[1]).read() == '1\\n' and "
                    "open(sys.argv[2]).read() == '1\\n' and sys.argv[3].endswith('/') and "
                    "sys.argv[4:] == ['-a', 'b'] and sys.stdin.read() == '1\\n')\n"
                    "open(sys.argv[3] + 'judgemessage.txt', 'w').write(repr(sys.argv))\n"
                    "sys.exit(42 if ok else 43)\n",
                    "validation: custom\nvalidator_flags: -a b\n")
        one = self.submission("mine/echo.py")
        self.assertEqual(one["verdict"], "AC", one)
        self.assertIn("'-a', 'b'", one["testcases"][0]["judgemessage"])

    def test_that_do_not_compile_are_the_packages_fault(self):
        self.custom("int main( {", name="p/output_validator/v.c")
        self.assert_refused(bailiff("judge", "--quiet", "p"), "output validator", "error")

    def test_with_build_and_run_scripts_work(self):
        self.custom("int main(void) { return 42; }\n", name="p/output_validator/v.c")
        self.write("p/output_validator/build",
                   "#!/bin/sh\ngcc -o checker v.c && printf '#!/bin/sh\\nexec "
                   "$(dirname $0)/checker\\n' >run && chmod +x run\n", 0o755)
        one = self.submission("mine/echo.py")
        self.assertEqual(one["verdict"], "AC", one)

    def test_cannot_reach_what_is_not_theirs(self):
        self.custom("import os, sys\nsys.exit(42 if not any(os.path.exists(p) for p in "
                    f"({self.folder!r}, '/etc/shadow', '/root', '/run/bailiff')) else 1)\n")
        self.assertEqual(self.submission("mine/echo.py")["verdict"], "AC")

    def test_multi_pass_rules_are_held_to(self):
        yaml = ("problem_format_version: 2023-07-draft\nname: x\nuuid: y\n"
                "type: multi-pass\nlimits: {validation_passes: 3}\n")
        head = "import sys, os\nf = sys.argv[3]\nn = int(open(sys.argv[1]).read())\n"
        again = "open(f + 'nextpass.in', 'w').write('%d\\n' % (n + 1))\n"
        for body, verdict, words in (
                ("if n < 3:\n    " + again + "sys.exit(42)\n", "AC", ""),
                (again + "sys.exit(42)\n", "JE", "more than 3 passes"),
                (again + "sys.exit(43)\n", "JE", "nextpass.in"),
                ("open(f + 'kept', 'a').write('x')\nif n < 3:\n    " + again +
                 "sys.exit(42 if len(open(f + 'kept').read()) == n else 1)\n", "AC", "")):
            with self.subTest(body=body):
                self.custom(head + body, yaml, "p/output_validator/v.py")
                one = self.submission("mine/echo.py")
                self.assertEqual(one["verdict"], verdict, one)
                self.assertIn(words, one["reason"] or "")
        self.assertEqual(one["testcases"][0]["passes"], 3)


class Interaction(JudgeTest):
    YAML = "validation: custom interactive\nlimits: {validation_time: 2}\n"

    def interact(self, validator, program, limit="0.3"):
        self.package(self.YAML, limit=limit, submissions__mine__a_py=program)
        self.write("p/output_validator/v.py", validator)
        return self.submission("mine/a.py")

    def test_who_ended_first_decides(self):
        for validator, program, verdict in (
                ("exit(43)", "import time\ntime.sleep(0.2)\nraise SystemExit(1)\n", "WA"),
                ("exit(43)", SPIN, "WA"),
                ("import sys\nsys.stdin.read()\nexit(43)", CRASH, "RTE"),
                ("import sys\nsys.stdin.read()\nexit(43)", SPIN, "TLE"),
                ("import sys\nsys.stdin.read()\nexit(43)", "", "WA"),
                ("import sys\nsys.stdin.read()\nexit(42)", "", "AC"),
                ("exit(42)", "input()\n", "RTE"),
                ("exit(1)", SPIN, "JE")):
            with self.subTest(validator=validator, program=program):
                one = self.interact(validator, program)
                self.assertEqual(one["verdict"], verdict, one)

    def test_a_deadlock_ends_and_is_told(self):
        one = self.interact("import sys\nexit(42 if sys.stdin.readline() else 43)", "input()\n")
        self.assertEqual(one["verdict"], "TLE", one)
        self.assertIn("waited for the validator", one["reason"])

    def test_a_last_line_after_the_verdict_breaks_no_pipe(self):
        one = self.interact("input()\nexit(42)", "print(1, flush=True)\ntry:\n    input()\nexcept "
                            "EOFError:\n    print('bye' * 1000, flush=True)\n", limit="2")
        self.assertEqual(one["verdict"], "AC", one)


class Hostile(JudgeTest):
    def test_packages_are_refused_by_name(self):
        for path, make, words in (
                ("p/data/secret/2.in", lambda path: os.symlink("/etc/passwd", path), "leaves the"),
                ("p/data/secret/2.in", os.mkfifo, "neither a regular file"),
                ("p/submissions/accepted/x.py", os.mkfifo, "neither a regular file"),
                ("p/submissions/accepted/x", lambda path: os.symlink("..", path), "nested deeper"),
                ("p/data/secret/2.in", lambda path: self.write(path, "") and None, "no 2.ans")):
            with self.subTest(path=path, words=words):
                self.package(submissions__accepted__echo_py=ECHO)
                make(path)
                self.assert_refused(bailiff("judge", "p"), words, path.split("/", 1)[1])
                os.unlink(path)

    def test_a_compiler_that_leaves_a_link_has_compiled_nothing(self):
        self.package(submissions__mine__a_txt="")
        os.rename("p/submissions/mine/a_txt", "p/submissions/mine/a.txt")
        for left in ("ln -s /etc/passwd program", "mkfifo program", "mkdir program", "true",
                     "ln -s / d && ln -s d/etc/passwd program"):
            self.write("languages/text.yaml",
                       "name: Text\nextensions: [txt]\ncompile:\n  argv: [/bin/sh, -c, '" + left +
                       "']\n  products: [program]\nrun:\n  argv: [/app/program]\n")
            with self.subTest(left=left):
                one = self.submission("mine/a.txt", "--languages", "languages")
                self.assertEqual(one["verdict"], "CE", one)

    def test_a_submission_sees_neither_answers_nor_the_package(self):
        self.package()
        self.write("p/submissions/accepted/a.py",
                   "import os\nfound = [name for top, _, names in os.walk('/') for name in names "
                   "if not top.startswith(('/usr', '/proc', '/lib')) and "
                   "(name.endswith('.ans') or name == 'problem.yaml')]\n"
                   "print(input() if not found else found)\n")
        one = self.submission("accepted/a.py")
        self.assertEqual(one["verdict"], "AC", one)


    def test_a_submission_cannot_tell_a_sample_from_a_secret_testcase(self):
        self.package("problem_format_version: 2023-07-draft\nname: x\nuuid: y\n")
        self.write("p/data/sample/1.in", "1\n")
        self.write("p/data/sample/1.ans", "1\n")
        self.write("p/data/secret/1.files/data.txt", "x")
        self.write("p/submissions/accepted/a.py",
                   "import os\ntold = os.readlink('/proc/self/fd/0') + "
                   "open('/proc/self/mountinfo').read() + repr(os.environ)\n"
                   "known = [word for word in ('sample', 'secret', '.in', 'bailiff-e2e') "
                   "if word in told]\nprint(known or input())\n")
        one = self.submission("accepted/a.py")
        self.assertEqual(one["verdict"], "AC", one)


class Telling(JudgeTest):
    def test_a_line_for_each_submission_where_nobody_watches(self):
        self.package(submissions__accepted__a_py=ECHO, submissions__accepted__b_py=ECHO)
        result = bailiff("judge", "p")
        lines = result.stderr.decode().splitlines()
        self.assertEqual(sorted(line.split(" ", 1)[1] for line in lines),
                         ["accepted/a.py: AC", "accepted/b.py: AC"])
        self.assertEqual(bailiff("judge", "--quiet", "p").stderr, b"")

    def test_one_line_drawn_anew_on_a_terminal(self):
        self.package(submissions__accepted__a_py=ECHO)
        ours, theirs = pty.openpty()
        try:
            result = bailiff("judge", "p", stderr=theirs, env={**os.environ, "TERM": "xterm"})
            said = os.read(ours, 65536)
        finally:
            os.close(ours)
            os.close(theirs)
        self.assertEqual(result.returncode, 0)
        self.assertIn(b"\r\x1b[K1 of 1 submissions judged", said)
        self.assertTrue(said.endswith(b"\r\x1b[K"))
        self.assertNotIn(b"\n", said)

    def test_a_language_that_is_not_installed_is_our_lack(self):
        self.package(submissions__mine__a_py=ECHO)
        self.write("languages/python3.yaml",
                   "name: Python\nextensions: [py]\nneeds: [/usr/bin/snake]\n"
                   "run: {argv: [/usr/bin/snake]}\n")
        one = self.submission("mine/a.py", "--languages", "languages")
        self.assertEqual(one["verdict"], "JE")
        self.assertIn("/usr/bin/snake", one["reason"])


class Ended(JudgeTest):
    def start(self):
        self.package(cases=4, limit="60", submissions__mine__sleep_py="import time\n"
                     "time.sleep(1000)\n")
        call = subprocess.Popen([BAILIFF, "judge", "--jobs=2", "p"], stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.addCleanup(call.stdout.close)
        pids, groups = [], []

        def both_run():
            pids[:] = descendants_of(call.pid)
            groups[:] = [group for pid in pids for group in groups_of(pid)]
            return sum(name_of(pid) == "python3" for pid in pids) == 2
        wait_until(both_run, "two programs")
        return call, pids, groups

    def assert_gone(self, pids, groups):
        for pid in pids:
            wait_until(lambda pid=pid: not is_alive(pid), f"the end of {pid}")
        for group in groups:
            wait_until(lambda group=group: group_is_gone(group), f"the removal of {group[0]}")

    def test_ctrl_c_leaves_nothing(self):
        for signo in (signal.SIGINT, signal.SIGTERM):
            call, pids, groups = self.start()
            call.send_signal(signo)
            out, _ = call.communicate(timeout=DEADLINE_S)
            self.assertEqual((call.returncode, out), (128 + signo, b""))
            self.assert_gone(pids, groups)

    def test_kill_9_leaves_no_process(self):
        call, pids, _ = self.start()
        call.kill()
        call.communicate(timeout=DEADLINE_S)
        self.assert_gone(pids, [])


class Demo(SandboxTest):
    def package(self, path):
        """The package; where the machine is slow, a copy whose limits on time leave room for that."""
        if SLOWNESS == 1:
            return path, []
        copy = os.path.join(self.folder, os.path.basename(path))
        shutil.copytree(path, copy)
        yaml = self.read(os.path.join(copy, "problem.yaml")).decode()
        yaml = re.sub(r"\n  compilation_time: .*", "", yaml)
        self.write(os.path.join(copy, "problem.yaml"),
                   yaml.replace("\nlimits:\n",
                                f"\nlimits:\n  compilation_time: {60 * SLOWNESS}\n"))
        return copy, [f"--time-limit={SLOWNESS}s"]

    def test_every_submission_of_our_packages_gets_its_verdict(self):
        packages = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "packages")
        for name in sorted(os.listdir(packages)):
            with self.subTest(package=name):
                package, options = self.package(os.path.join(packages, name))
                result = subprocess.run(
                    [BAILIFF, "judge", "--quiet", *options, package], stdin=subprocess.DEVNULL,
                    capture_output=True, timeout=300 * SLOWNESS, check=False)
                self.assertEqual(result.returncode, 0, (result.stdout + result.stderr).decode())


if __name__ == "__main__":
    unittest.main()
