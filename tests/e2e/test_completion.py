"""bailiff completion: the shells themselves take the scripts, and complete as they should."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest

from harness import BAILIFF, DEADLINE_S, bailiff

MANUAL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "man")
# Fills in what bash does when a key is pressed: the words of the line, and which one it is at.
BASH = """
source <("$BAILIFF" completion bash)
complete -p bailiff >/dev/null || exit 1
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_bailiff
printf '%s\\n' "${COMPREPLY[@]}"
"""


class Completion(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="bailiff-completion-")
        self.addCleanup(shutil.rmtree, self.folder)
        os.mkdir(os.path.join(self.folder, "a folder"))
        with open(os.path.join(self.folder, "a file"), "w", encoding="ascii"):
            pass

    def complete(self, *words):
        result = subprocess.run(["bash", "--norc", "-c", BASH, "bash", *words], cwd=self.folder,
                                env={**os.environ, "BAILIFF": BAILIFF}, capture_output=True,
                                timeout=DEADLINE_S, check=True)
        self.assertEqual(result.stderr, b"")
        return sorted(result.stdout.decode().split("\n")[:-1])

    def test_commands_are_those_of_the_help(self):
        listed = re.findall(rb"^  ([a-z]+) ", bailiff("--help").stdout, re.MULTILINE)
        self.assertEqual(self.complete("bailiff", ""),
                         sorted([name.decode() for name in listed] + ["--help", "--version"]))
        self.assertEqual(self.complete("bailiff", "su"), ["submit"])
        self.assertEqual(self.complete("bailiff", "files", ""), ["get", "missing", "put"])
        self.assertEqual(self.complete("bailiff", "queue", "s"), ["status", "submit", "sweep"])

    def test_options_are_those_of_the_help(self):
        for command in (["run"], ["judge"], ["doctor"], ["selftest"], ["submit"], ["attach"],
                        ["cancel"], ["status"], ["files", "put"], ["files", "get"],
                        ["queue", "init"], ["queue", "submit"], ["queue", "dead"]):
            told = bailiff(*command, "--help").stdout.decode()
            self.assertEqual(self.complete("bailiff", *command, "--"),
                             sorted(re.findall(r"^  (--[a-z-]+)", told, re.MULTILINE)), command)

    def test_values_and_operands(self):
        self.assertEqual(self.complete("bailiff", "submit", "--tests", ""), ["a folder"])
        self.assertEqual(self.complete("bailiff", "submit", "--tests", "=", "a"), ["a folder"])
        self.assertEqual(self.complete("bailiff", "submit", "--checker", "="),
                         ["a file", "a folder"])
        self.assertEqual(self.complete("bailiff", "submit", "a"), ["a file", "a folder"])
        self.assertEqual(self.complete("bailiff", "submit", "--cpu-time", ""), [""])
        self.assertEqual(self.complete("bailiff", "cancel", ""), [""])
        self.assertEqual(self.complete("bailiff", "completion", "z"), ["zsh"])

    def test_every_option_stands_in_the_manual(self):
        pages = {"attach": "submit", "cancel": "submit"}
        for command in ("run judge doctor selftest submit attach cancel status files".split()):
            with open(os.path.join(MANUAL, f"bailiff-{pages.get(command, command)}.1"),
                      encoding="utf-8") as file:
                page = file.read()
            limits = re.search("^Limits.*?\n\n", bailiff("run", "--help").stdout.decode(),
                               re.MULTILINE | re.DOTALL).group() if command == "submit" else ""
            told = bailiff(command, "--help").stdout.decode()
            for option in re.findall(r"^  --([a-z-]+)", told, re.MULTILINE):
                if option != "help" and f"  --{option} " not in limits:
                    self.assertRegex(page, rf"(?m)^\.It.* ?Fl -{option}( |$)", command)

    @unittest.skipUnless(shutil.which("zsh"), "there is no zsh")
    def test_zsh_takes_its_script(self):
        script = bailiff("completion", "zsh").stdout
        result = subprocess.run(["zsh", "-f", "-n"], input=script, capture_output=True,
                                timeout=DEADLINE_S, check=False)
        self.assertEqual((result.returncode, result.stderr), (0, b""))

    def test_another_shell_is_refused(self):
        result = bailiff("completion", "fish")
        self.assertEqual((result.returncode, result.stdout), (2, b""))
        self.assertIn(b"bash, zsh", result.stderr)


if __name__ == "__main__":
    unittest.main()
