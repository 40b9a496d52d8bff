"""bailiff judge: packages and submissions that mean harm."""

import os
import unittest

from harness import bailiff
from judge_scene import ECHO, JudgeTest


class Hostile(JudgeTest):
    def test_packages_are_refused_by_name(self):
        outside = os.path.abspath("outside")  # ours: whoever followed the link would change it
        self.write(outside, "kept")
        for path, make, words in (
                ("p/data/secret/2.in", lambda path: os.symlink(outside, path), "leads outside"),
                ("p/data/secret/2.in", os.mkfifo, "neither a regular file"),
                ("p/submissions/accepted/x.py", os.mkfifo, "neither a regular file"),
                ("p/submissions/accepted/x", lambda path: os.symlink("..", path), "nested deeper"),
                ("p/data/secret/2.in", lambda path: self.write(path, "") and None, "no 2.ans")):
            with self.subTest(path=path, words=words):
                self.package(submissions__accepted__echo_py=ECHO)
                make(path)
                try:
                    self.assert_refused(bailiff("judge", "p"), words, path.split("/", 1)[1])
                finally:
                    os.unlink(path)
        with open(outside, encoding="ascii") as file:
            self.assertEqual(file.read(), "kept")

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
        self.package(limit="60")  # there is much to walk through
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


if __name__ == "__main__":
    unittest.main()
