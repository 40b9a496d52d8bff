"""scripts/check-floors: every rule, by a small tree that breaks it."""
import os
import subprocess
import tempfile
import unittest

CHECK = os.path.join(os.path.dirname(__file__), "..", "..", "scripts", "check-floors")

TABLE = """
# comment
include/bailiff  0  pure
limits           1  pure
proto            1  pure
executor/base    2
executor/a       3   # two rooms of one floor
executor/b       3
executor         6
"""

GOOD = {
    "scripts/floors.txt": TABLE,
    "include/bailiff/own.h": "",
    "include/bailiff/err.h": '#include "bailiff/own.h"\n',
    "limits/verdict.h": "#include <stdint.h>\n",
    "limits/verdict.c": '#include "limits/verdict.h"\n#include "bailiff/err.h"\nint f(void);\n',
    "proto/decode.c": '#include "executor.pb-c.h"\n',
    "executor/base/log.h": "#include <event2/event.h>\n",
    "executor/base/log.c": '#include "executor/base/log.h"\nvoid f(void) { perror("x"); exit(1); }\n',
    "executor/a/a.h": '#include "executor/base/log.h"\n#include "limits/verdict.h"\n',
    "executor/b/b.h": '#  include "bailiff/own.h"\n',
    "executor/main.c": '#include "executor/a/a.h"\n#include "executor/b/b.h"\n',
    "tests/test.c": '#include "executor/a/a.h"\n',
}


class CheckFloors(unittest.TestCase):
    def check(self, changes):
        """Runs the check on the good tree with some files changed: (exit status, output)."""
        with tempfile.TemporaryDirectory() as tree:
            for path, text in {**GOOD, **changes}.items():
                os.makedirs(os.path.dirname(os.path.join(tree, path)), exist_ok=True)
                with open(os.path.join(tree, path), "w", encoding="utf-8") as file:
                    file.write(text)
            done = subprocess.run([CHECK, tree], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  text=True, check=False)
        return done.returncode, done.stdout

    def assert_found(self, path, text, where, what):
        """The file with this text is the only violation, told with its line."""
        status, output = self.check({path: text})
        self.assertEqual(status, 1, output)
        self.assertEqual(output.count("\n"), 1, output)
        self.assertTrue(output.startswith("%s:%d: " % (path, where)), output)
        self.assertIn(what, output)

    def test_good_tree_passes_in_silence(self):
        self.assertEqual(self.check({}), (0, ""))

    def test_higher_floor(self):
        self.assert_found("limits/x.c", '\n#include "executor/base/log.h"\n', 2,
                          "limits (floor 1) includes executor/base/log.h of executor/base (floor 2)")
        self.assert_found("executor/a/x.c", '#include "executor/top.h"\n', 1,
                          "of executor (floor 6)")
        self.assert_found("include/bailiff/x.h", '#include "limits/verdict.h"\n', 1,
                          "of limits (floor 1)")

    def test_other_room_of_the_same_floor(self):
        self.assert_found("limits/x.c", '#include "proto/decode.h"\n', 1, "of proto (floor 1)")
        self.assert_found("executor/a/x.c", '#include "executor/b/b.h"\n', 1,
                          "of executor/b (floor 3)")

    def test_way_around_by_a_relative_path(self):
        self.assert_found("executor/a/x.c", '#include "../b/b.h"\n', 1, "of executor/b (floor 3)")
        self.assert_found("executor/a/sub/x.c", '#include "../../b/b.h"\n', 1,
                          "of executor/b (floor 3)")

    def test_header_in_no_room(self):
        self.assert_found("limits/x.c", '#include "tests/help.h"\n', 1, "which is in no room")

    def test_pure_room_knows_no_libevent(self):
        self.assert_found("proto/x.c", "#include <event2/event.h>\n", 1, "includes libevent")
        self.assert_found("limits/x.c", '#include "event2/buffer.h"\n', 1, "includes libevent")

    def test_pure_room_neither_exits_nor_logs(self):
        for call in ("exit(1)", "abort ()", 'printf("x")', 'fprintf(stderr, "x")', 'perror("x")',
                     'syslog(3, "x")', "warnx(0)", "bl_log_error(1, 0)", 'fputs("x", stdout)'):
            with self.subTest(call):
                self.assert_found("limits/x.c", "/* why */\nvoid f(void)\n{\n    %s;\n}\n" % call, 4,
                                  "a pure room calls %s()" % call.split("(")[0].strip())

    def test_pure_room_may_talk_about_it(self):
        harmless = ('/* exit(1) would\n * abort() */\n// printf("x")\n'
                    'const char *s = "exit(1); \\" abort()";\n'
                    "int snprintf_exit(int), x = '\"'; void g(void) { _exit(1); }\n"
                    'void f(char *b) { snprintf(b, 2, "exit("); fprintf(file, "x"); }\n')
        self.assertEqual(self.check({"limits/x.c": harmless}), (0, ""))

    def test_every_violation_is_told(self):
        status, output = self.check({
            "limits/x.c": '#include "executor/base/log.h"\n#include "proto/y.h"\nint a = exit(1);\n',
            "executor/a/x.c": '#include "executor/b/b.h"\n',
        })
        self.assertEqual((status, output.count("\n")), (1, 4))

    def test_tree_without_rooms_is_no_success(self):
        with tempfile.TemporaryDirectory() as tree:
            os.mkdir(os.path.join(tree, "scripts"))
            with open(os.path.join(tree, "scripts", "floors.txt"), "w", encoding="utf-8") as file:
                file.write(TABLE)
            done = subprocess.run([CHECK, tree], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("no file of any room", done.stderr)


if __name__ == "__main__":
    unittest.main()
