"""bailiff judge: validators of a package, interactive ones among them."""

import unittest

from harness import bailiff
from judge_scene import CRASH, ECHO, SPIN, JudgeTest


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
                ("exit(43)", "import sys\nsys.stdin.read()\nraise SystemExit(1)\n", "WA"),
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


if __name__ == "__main__":
    unittest.main()
