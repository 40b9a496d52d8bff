"""scripts/count-tests: the line that closes `make test`, and when it is no success."""
import os
import subprocess
import tempfile
import unittest

COUNT = os.path.join(os.path.dirname(__file__), "..", "..", "scripts", "count-tests")

CMOCKA = "[ RUN      ] a__b\n[       OK ] a__b\n[==========] 3 test(s) run.\n"


def case(status, output=""):
    return '<testcase name="x" status="%s"><system-out>%s</system-out></testcase>' % (status, output)


class CountTests(unittest.TestCase):
    def count(self, *cases):
        """(exit status, standard output) for a report of these cases."""
        with tempfile.NamedTemporaryFile("w", suffix=".xml") as report:
            report.write("<testsuite>%s</testsuite>" % "".join(cases))
            report.flush()
            done = subprocess.run([COUNT, report.name], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout

    def test_counts_each_test_of_a_cmocka_program_and_any_other_program_once(self):
        passed = CMOCKA + "[  PASSED  ] 3 test(s).\n"
        self.assertEqual(self.count(case("run", passed), case("run", "ok\n")),
                         (0, "4 passed, 0 failed\n"))

    def test_adds_up_the_groups_of_one_program(self):
        groups = "[  PASSED  ] 3 test(s).\n[==========] x\n[  PASSED  ] 2 test(s).\n"
        self.assertEqual(self.count(case("run", groups)), (0, "5 passed, 0 failed\n"))

    def test_counts_each_test_of_a_python_program(self):
        end = "....\n%s\nRan %d tests in 1.0s\n\n%s\n"
        self.assertEqual(self.count(case("run", end % ("-" * 70, 4, "OK (skipped=1)"))),
                         (0, "3 passed, 0 failed, 1 skipped\n"))
        self.assertEqual(self.count(case("fail", end % ("-" * 70, 7,
                                                        "FAILED (failures=2, errors=1, skipped=1)"))),
                         (1, "3 passed, 3 failed, 1 skipped\n"))

    def test_tells_failures_and_skips(self):
        mixed = ("[  PASSED  ] 2 test(s).\n[  SKIPPED ] 1 test(s), listed below:\n[  SKIPPED ] s\n"
                 "[  FAILED  ] 1 test(s), listed below:\n[  FAILED  ] f\n")
        self.assertEqual(self.count(case("fail", mixed)), (1, "2 passed, 1 failed, 1 skipped\n"))

    def test_crash_without_closing_lines_is_a_failure(self):
        self.assertEqual(self.count(case("fail", CMOCKA), case("run")),
                         (1, "1 passed, 1 failed\n"))

    def test_leak_after_the_last_test_passed_is_a_failure(self):
        self.assertEqual(self.count(case("fail", "[  PASSED  ] 3 test(s).\n")),
                         (1, "3 passed, 1 failed\n"))

    def test_failure_that_exits_with_0_is_a_failure(self):
        self.assertEqual(self.count(case("run", "[  FAILED  ] 2 test(s), listed below:\n")),
                         (1, "0 passed, 2 failed\n"))

    def test_adds_up_reports_and_misses_none(self):
        with tempfile.TemporaryDirectory() as folder:
            paths = [os.path.join(folder, name) for name in ("a.xml", "b.xml")]
            for path in paths:
                with open(path, "w", encoding="utf-8") as report:
                    report.write("<testsuite>%s</testsuite>" % case("run"))
            for more, status in (([], 0), ([os.path.join(folder, "missing.xml")], 1)):
                done = subprocess.run([COUNT, *paths, *more], capture_output=True, text=True,
                                      check=False)
                self.assertEqual((done.returncode, done.stdout),
                                 (status, "2 passed, 0 failed\n"))

    def test_nothing_run_is_no_success(self):
        self.assertEqual(self.count(), (1, "0 passed, 0 failed\n"))
        self.assertEqual(self.count(case("notrun")), (1, "0 passed, 0 failed, 1 skipped\n"))
        self.assertEqual(self.count(case("run", "[  SKIPPED ] 2 test(s), listed below:\n")),
                         (1, "0 passed, 0 failed, 2 skipped\n"))

    def test_missing_report_is_no_success(self):
        done = subprocess.run([COUNT, "/nonexistent"], capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stdout), (1, "0 passed, 0 failed\n"))


if __name__ == "__main__":
    unittest.main()
