"""bailiff judge: what is expected of submissions, testcases and time limits, and how it is told."""

import os
import pty
import signal
import unittest

from harness import bailiff
from judge_scene import CRASH, ECHO, SILENT, SPIN, JudgeTest


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


if __name__ == "__main__":
    unittest.main()
