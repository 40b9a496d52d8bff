"""The examples of docs/clients.md, as a reader would run them, against a site."""

import os
import shutil
import subprocess
import sys
import unittest

from served import DEADLINE_S, GENERATED, HERE, TREE, SiteTest

sys.path.insert(0, os.path.join(HERE, "..", "rpc"))
from test_rpc_node import FOLDER, install  # noqa: E402

EXAMPLES = os.path.join(TREE, "docs", "examples", "clients")
RIGHT = "#include <stdio.h>\nint main(void)\n{ int a, b; scanf(\"%d%d\", &a, &b); printf(\"%d\\n\", a + b); }\n"
SOURCES = {
    # name: (text, exit status, what must be told)
    "right.c": (RIGHT, 0, ["PASSED", "OK"]),
    "wrong.c": (RIGHT.replace("a + b", "a - b"), 1, ["REJECTED", "SKIPPED"]),
    "crash.c": ("int main(void)\n{ __builtin_trap(); }\n", 1, ["FAILED", "SIGNALED"]),
    "broken.c": ("int main(void) { return x; }\n", 1, ["FAILED", "SKIPPED"]),
}


class Examples(SiteTest):
    def setUp(self):
        super().setUp()
        self.tests = os.path.join(self.folder, "tests")
        os.mkdir(self.tests)
        for name, text in (("1.in", "2 3\n"), ("1.ans", "5\n"), ("2.in", "20 -3\n"),
                           ("2.ans", "17\n")):
            self.write(os.path.join(self.tests, name), text)
        for name, (text, _, _) in SOURCES.items():
            self.write(os.path.join(self.folder, name), text)

    def write(self, path, text):
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def judges(self, command, **options):
        """The command, with each source behind it, says what it should."""
        for name, (_, status, words) in SOURCES.items():
            with self.subTest(name):
                done = subprocess.run(
                    command + ["c", os.path.join(self.folder, name), self.tests], timeout=DEADLINE_S,
                    stdin=subprocess.DEVNULL, capture_output=True, text=True, **options)
                self.assertEqual(done.returncode, status, done.stdout + done.stderr)
                for word in words:
                    self.assertIn(word, done.stdout)

    def refuses(self, command, **options):
        done = subprocess.run(
            command + ["cobol", os.path.join(self.folder, "right.c"), self.tests],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=DEADLINE_S, **options)
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        self.assertIn("FAILED_PRECONDITION", done.stderr)

    def has_nothing_to_judge(self, command, **options):
        """Status 2 and one line, whatever the user did wrong: not 1, which blames the submission."""
        right, empty = os.path.join(self.folder, "right.c"), os.path.join(self.folder, "empty")
        half = os.path.join(self.folder, "half")
        for folder in (empty, half):
            os.mkdir(folder)
        self.write(os.path.join(half, "1.in"), "")
        for words in ([], ["c"], ["c", right], ["c", right, self.tests, "more"],
                      ["c", right + "pp", self.tests], ["c", right, empty], ["c", right, half],
                      ["c", right, empty + "er"], ["--ca", empty + "er", "c", right, self.tests]):
            with self.subTest(words):
                done = subprocess.run([*command, *words], stdin=subprocess.DEVNULL, text=True,
                                      capture_output=True, timeout=DEADLINE_S, **options)
                self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
                self.assertNotIn("Traceback", done.stderr)
                self.assertNotIn("    at ", done.stderr)
                self.assertEqual(done.stdout, "")

    def test_python(self):
        server = self.start()
        environment = dict(os.environ, PYTHONPATH=GENERATED)
        for address in (server.unix, server.tcp):
            command = [sys.executable, "-B", os.path.join(EXAMPLES, "judge.py"), address]
            self.judges(command, env=environment)
        self.refuses(command, env=environment)
        self.has_nothing_to_judge(command, env=environment)

    def test_node(self):
        install()
        shutil.copy(os.path.join(EXAMPLES, "judge.js"), FOLDER)
        server = self.start()
        for address in (server.unix, server.tcp):
            command = ["node", "judge.js", os.path.join(TREE, "proto"), address]
            self.judges(command, cwd=FOLDER)
        self.refuses(command, cwd=FOLDER)
        self.has_nothing_to_judge(command, cwd=FOLDER)


if __name__ == "__main__":
    unittest.main()
