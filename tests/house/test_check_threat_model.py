"""scripts/check-threat-model: a line of the threat model without its test is found."""
import os
import subprocess
import tempfile
import unittest

CHECK = os.path.join(os.path.dirname(__file__), "..", "..", "scripts", "check-threat-model")

GOOD = """
| crime | tried by |
|---|---|
| mounts | `test_a:mounts__are_refused` |
| two | `test_a:two__of_them`, `test_b:test_it` |

| other | table |
|---|---|
| names | nothing |
"""


class CheckThreatModel(unittest.TestCase):
    def check(self, document, attacks=None):
        """Runs the check on a tree with these documents: (exit status, output)."""
        files = {
            "tests/hostile/test_h.c": 'ROW("A7 A31", z)',
            "executor/attack/table_a.c": '{"A3 A14", x}, BURN("A7", y)',
            "docs/threat-model.md": document,
            "tests/sandbox/test_a.c": "cmocka_unit_test(mounts__are_refused),\n"
                                      "cmocka_unit_test_setup_teardown(\n    two__of_them, a, b),\n"
                                      "static void not__registered(void **state)\n",
            "tests/e2e/test_b.py": "class B:\n    def test_it(self):\n        pass\n",
        }
        if attacks:
            files["docs/attacks.md"] = attacks
        with tempfile.TemporaryDirectory() as tree:
            for path, text in files.items():
                os.makedirs(os.path.dirname(os.path.join(tree, path)), exist_ok=True)
                with open(os.path.join(tree, path), "w", encoding="utf-8") as file:
                    file.write(text)
            done = subprocess.run([CHECK, tree], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  text=True, check=False)
        return done.returncode, done.stdout

    def assert_found(self, old, new, what):
        """The good document with this change has one problem, told with its line."""
        status, output = self.check(GOOD.replace(old, new))
        self.assertEqual(status, 1, output)
        self.assertEqual(output.count("\n"), 1, output)
        self.assertIn(what, output)

    def test_good_document_passes_in_silence(self):
        self.assertEqual(self.check(GOOD), (0, ""))

    def test_row_without_a_test(self):
        self.assert_found("`test_a:mounts__are_refused`", "surely", ":4: names no test")

    def test_file_that_is_not_there(self):
        self.assert_found("test_b:", "test_c:", ":5: no file tests/*/test_c.c or .py")

    def test_name_that_is_not_there(self):
        self.assert_found("mounts__are_refused", "mounts__are", "test_a has no test mounts__are")

    def test_test_that_is_not_registered(self):
        self.assert_found("mounts__are_refused", "not__registered", "has no test not__registered")

    def test_attacks_are_rows_of_a_table(self):
        good = ("| line | tried by |\n|---|---|\n| A14 | `selftest` |\n"
                "| A7 | `selftest`, `test_h`, `test_b:test_it` |\n")
        self.assertEqual(self.check(GOOD, good), (0, ""))
        status, output = self.check(GOOD, good.replace("A14", "A4"))
        self.assertEqual((status, output),
                         (1, "docs/attacks.md:3: selftest has no row of A4\n"))
        status, output = self.check(GOOD, good.replace("test_h", "test_i"))
        self.assertEqual((status, output), (1, "docs/attacks.md:4: test_i has no row of A7\n"))
        status, output = self.check(GOOD, good.replace("`selftest` |", "surely |"))
        self.assertEqual((status, output), (1, "docs/attacks.md:3: names no test\n"))

    def test_document_without_rows(self):
        self.assert_found(GOOD, "# Threats\n", "no table that names tests")


if __name__ == "__main__":
    unittest.main()
