"""scripts/check-coverage: a line that no test runs is listed with its reason, and the list stays true."""
import os
import subprocess
import tempfile
import unittest

CHECK = os.path.join(os.path.dirname(__file__), "..", "..", "scripts", "check-coverage")

SOURCE = """
static int other(void)
{
    return 7;
}

static int look(int fd)
{
    if (fd < 0) /* never */
        return -1;
    if (fd > 9 ||
        fd == 3)
        return -1;
    note(fd);
    return 0;
}
"""
LIST = """# Coverage
- `limits/a.c`
  - `look()`: `if (fd < 0) return -1;` — it is none
  - `look()`: `fd == 3) return -1;` — a race
  - `look()`: `note(fd);` — by chance: seldom
"""
UNCOVERED = """limits/a.c: 3 of 9
    10 look(): if (fd < 0) return -1;
    13 look(): fd == 3) return -1;
limits/b.c: 0 of 3
2 of 12 lines are run by no test
"""


class CheckCoverage(unittest.TestCase):
    def check(self, document=LIST, uncovered=None):
        with tempfile.TemporaryDirectory() as tree:
            for path, text in {"limits/a.c": SOURCE, "docs/coverage.md": document,
                               "uncovered.txt": uncovered or ""}.items():
                os.makedirs(os.path.dirname(os.path.join(tree, path)), exist_ok=True)
                with open(os.path.join(tree, path), "w", encoding="utf-8") as file:
                    file.write(text)
            more = [os.path.join(tree, "uncovered.txt")] if uncovered else []
            done = subprocess.run([CHECK, "--tree", tree, *more], stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, check=False)
        return done.returncode, done.stdout

    def test_a_true_list_is_fine(self):
        self.assertEqual(self.check(), (0, "coverage: 3 gaps, each with its reason\n"))
        self.assertEqual(self.check(uncovered=UNCOVERED)[0], 0)

    def test_a_line_that_is_not_listed(self):
        more = UNCOVERED.replace("limits/b.c", "    15 look(): return 0;\nlimits/b.c")
        self.assertEqual(self.check(uncovered=more),
                         (1, "limits/a.c:15: run by no test and not listed: look(): return 0;\n"))

    def test_one_more_of_the_same_lines(self):
        more = UNCOVERED.replace("limits/b.c", "    13 look(): fd == 3) return -1;\nlimits/b.c")
        self.assertIn("limits/a.c:13: run by no test", self.check(uncovered=more)[1])

    def test_what_is_run_now(self):
        less = UNCOVERED.replace("    13 look(): fd == 3) return -1;\n", "")
        status, told = self.check(uncovered=less)
        self.assertEqual(status, 1)
        self.assertIn("docs/coverage.md:4: is run, or is no gap any more: look()", told)

    def test_what_the_source_does_not_have(self):
        for old, new, told in (("note(fd);", "tell(fd);", "has no `tell(fd);`"),
                               ("`look()`: `note", "`gone()`: `note", "has no gone()"),
                               ("`look()`: `note(fd);`", "`look()`: `return 7;`", "has no `return 7;`"),
                               ("limits/a.c", "limits/z.c", "No such file")):
            status, output = self.check(LIST.replace(old, new))
            self.assertEqual(status, 1, new)
            self.assertIn(told, output)

    def test_an_entry_without_a_reason_and_an_empty_list(self):
        self.assertIn("not \"- `function()`", self.check(LIST.replace(" — a race", ""))[1])
        self.assertIn("lists nothing", self.check("# Coverage\n")[1])


if __name__ == "__main__":
    unittest.main()
