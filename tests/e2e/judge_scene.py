"""What the tests of bailiff judge share: a package made for a promise, and what is said of it."""

import json

from harness import DEADLINE_S, SLOWNESS, SandboxTest, bailiff

ECHO = "print(input())\n"
SPIN = "while True: pass\n"
SILENT = "input()\n"
CRASH = "raise SystemExit(3)\n"


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
        options.setdefault("timeout", 5 * DEADLINE_S)  # compilers, on a busy machine
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
