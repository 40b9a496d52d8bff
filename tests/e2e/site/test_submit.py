"""bailiff submit, attach, cancel, status and files against a real site, and what they say where there
is none."""

import hashlib
import json
import os
import signal
import stat
import subprocess
import sys
import unittest

from served import DEADLINE_S, SiteTest, TREE, wait_until

BAILIFF = os.environ.get("BAILIFF", os.path.join(TREE, "build", "bin", "bailiff"))

SUM = "import sys\na, b = map(int, sys.stdin.read().split())\nprint(a + b)\n"


class SubmitTest(SiteTest):
    def setUp(self):
        super().setUp()
        before = os.getcwd()
        os.chdir(self.folder)
        self.addCleanup(os.chdir, before)

    def write(self, name, content, mode=0o644):
        os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
        with open(name, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        os.chmod(name, mode)
        return name

    def serve(self, *args):
        server = self.start(*args)
        self.environ = {**os.environ, "BAILIFF_SERVER": server.unix}
        return server

    def command(self, *args, **options):
        options.setdefault("env", getattr(self, "environ", None))
        return subprocess.run([BAILIFF, *args], stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=DEADLINE_S, check=False, **options)

    def expect(self, status, *args, **options):
        result = self.command(*args, **options)
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        return result

    def events(self, status, *args):
        return [json.loads(line) for line in self.expect(status, *args, "--json").stdout.splitlines()]

    def popen(self, *args):
        process = subprocess.Popen([BAILIFF, *args], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.environ)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        self.addCleanup(lambda: process.poll() is None and process.kill())
        return process


class Jobs(SubmitTest):
    def test_sources_and_a_folder_of_tests(self):
        self.serve()
        self.write("sum.py", SUM)
        self.write("t/1.in", "1 2\n")
        self.write("t/1.ans", "3\n")
        self.write("t/secret/big.in", "5 6\n")
        self.write("t/secret/big.ans", "11\n")
        good = self.expect(0, "submit", "--language=python3", "sum.py", "--tests", "t", "--quiet")
        self.assertEqual(good.stderr, b"")
        self.assertRegex(good.stdout, rb"(?s)compile +PASSED.*tests/1 +PASSED .*tests/secret/big +"
                                      rb"PASSED.*PASSED: 3 passed")
        self.write("t/secret/big.ans", "12\n")
        bad = self.expect(1, "submit", "--language=python3", "--tests=t", "sum.py")
        self.assertRegex(bad.stdout, rb"tests/secret/big +REJECTED .*got '11', expected '12'")

    def test_limits_and_stop(self):
        self.serve()
        self.write("spin.py", "while True:\n    pass\n")
        for name in "123":
            self.write(f"t/{name}.in", "")
            self.write(f"t/{name}.ans", "")
        events = self.events(1, "submit", "--language=python3", "spin.py", "--tests=t",
                             "--cpu-time=100ms", "--stop=first", "--label=team=17", "--id=mine:1")
        cases = [event for event in events if event["event"] == "case_ended"]
        self.assertEqual([case["outcome"] for case in cases],
                         ["PASSED", "FAILED", "SKIPPED", "SKIPPED"])
        program = cases[1]["commands"][0]
        self.assertEqual((program["verdict"], program["cause"]["kind"], program["cause"]["limit"],
                          program["cause"]["unit"], program["cause"]["bound"]),
                         ("TIME_LIMIT", "limit", "cpu-time", "ns", 100000000))
        self.assertEqual(program["limits"]["cpu_time_ns"], 100000000)
        self.assertGreaterEqual(program["cpu_time_ns"], 100000000)
        self.assertEqual({event["job_id"] for event in events}, {"mine:1"})
        self.assertEqual(events[-1]["event"], "done")
        self.assertEqual(events[-1]["counts"]["skipped"], 2)

    def test_a_report_has_the_keys_of_the_report(self):
        self.serve()
        self.write("job.json", json.dumps({"steps": [{"name": "s", "commands": [
            {"argv": ["/bin/echo", "x"], "stdout": {"return_bytes": 9}}]}]}))
        event = [e for e in self.events(0, "submit", "job.json") if e["event"] == "case_ended"][0]
        command = event["commands"][0]
        self.assertEqual(command["stdout"]["data"], "x\n")
        subprocess.run([BAILIFF, "run", "--quiet", "--report=report", "--", "/bin/true"], check=True,
                       timeout=DEADLINE_S)
        with open("report", encoding="utf-8") as file:
            report = json.load(file)
        self.assertEqual(set(report) - set(command), {"bailiff"})
        self.assertEqual(set(report["limits"]), set(command["limits"]))

    def test_a_job_file_whose_large_files_travel_once(self):
        server = self.serve()
        large = os.urandom(3 << 20)
        self.write("problem/data/1.in", large)
        self.write("problem/data/1.ans", hashlib.sha256(large).hexdigest() + "  -\n")
        self.write("problem/job.yaml",
                   "steps:\n"
                   "- name: hash\n"
                   "  commands: [{argv: [/usr/bin/sha256sum]}]\n"
                   "  cases: [{name: one, input: data/1.in, answer: {path: data/1.ans}}]\n"
                   "  check: {exact: {}}\n")
        first = self.expect(0, "submit", "problem/job.yaml")
        again = self.expect(0, "submit", "problem/job.yaml")
        self.assertIn(b"sending problem/data/1.in, 3 MiB", first.stderr)
        self.assertNotIn(b"sending", again.stderr)
        self.assertEqual(self.client(server.unix).get(hashlib.sha256(large).digest()), large)

    def test_checkers(self):
        self.serve()
        self.write("any.py", "print(4)\n")
        self.write("t/1.in", "")
        script = "import sys\nn = int(sys.stdin.read())\nsys.exit(42 if n % 2 == {} else 43)\n"
        self.write("even.py", script.format(0))
        self.write("odd", "#!/usr/bin/python3\n" + script.format(1), 0o755)
        base = ["submit", "--language=python3", "any.py", "--tests=t", "--quiet"]
        self.expect(0, *base, "--checker=even.py", "--checker-language=python3")
        odd = self.events(1, *base, "--checker=odd")
        self.assertEqual(odd[-1]["outcome"], "REJECTED")
        self.write("one-more", "#!/usr/bin/python3\n" + script.format(0), 0o755)
        self.expect(0, *base, "--checker=one-more")
        self.expect(2, *base)  # nothing to compare with

    def test_one_run_shows_what_it_wrote_and_nothing_that_a_terminal_obeys(self):
        self.serve()
        self.write("evil.py", "import sys\nprint('\\x1b]0;owned\\x07', sys.stdin.read(), flush=True)\n"
                              "sys.stdout.buffer.write(b'\\x9b31m \\xc2\\x9b31m \\xe2\\x80\\xae')\n")
        self.write("in", "given")
        result = self.expect(0, "submit", "--language=python3", "evil.py", "--input=in")
        self.assertIn(b"    | ?]0;owned? given\n    | ?31m ?31m ?\n", result.stdout)
        for line in self.expect(0, "submit", "--language=python3", "evil.py", "--input=in",
                                "--json").stdout.splitlines():
            self.assertTrue(all(0x20 <= byte < 0x7f for byte in line))
            event = json.loads(line)
        self.assertEqual(event["outcome"], "PASSED")

    def test_detach_attach_and_cancel(self):
        self.serve()
        self.write("job.yaml", "steps: [{name: s, commands: [{argv: [/bin/sleep, '1000'], "
                               "limits: {wall_time_ns: 1h}}]}]")
        job = self.expect(0, "submit", "--detach", "job.yaml").stdout.decode().strip()
        watcher = self.popen("attach", "--json", job)
        self.assertEqual(json.loads(watcher.stdout.readline())["job_id"], job)
        self.assertEqual(self.expect(0, "cancel", job).stdout, b"CANCELLED\n")
        out, _ = watcher.communicate(timeout=DEADLINE_S)
        self.assertEqual(watcher.returncode, 1)
        done = json.loads(out.splitlines()[-1])
        self.assertEqual((done["event"], done["end"], done["outcome"]),
                         ("done", "CANCELLED", "CANCELLED"))
        self.assertEqual(self.expect(0, "cancel", job).stdout, b"CANCELLED\n")
        self.assertIn(b"NOT_FOUND", self.expect(125, "attach", "never-was").stderr)

    def test_ctrl_c_cancels_the_job_and_tells_its_end(self):
        server = self.serve()
        self.write("job.yaml", "steps: [{name: s, commands: [{argv: [/bin/sleep, '1000'], "
                               "limits: {wall_time_ns: 1h}}]}]")
        for signo in (signal.SIGINT, signal.SIGTERM):
            process = self.popen("submit", "--json", "job.yaml")
            while json.loads(process.stdout.readline())["event"] != "started":
                pass
            process.send_signal(signo)
            out, err = process.communicate(timeout=DEADLINE_S)
            self.assertEqual(process.returncode, 128 + signo, err)
            self.assertEqual(json.loads(out.splitlines()[-1])["end"], "CANCELLED")
        self.assert_nothing_runs(server, self.client(server.unix))

    def test_whose_client_is_killed_is_cancelled(self):
        server = self.serve()
        self.write("job.yaml", "steps: [{name: s, commands: [{argv: [/bin/sleep, '1000'], "
                               "limits: {wall_time_ns: 1h}}]}]")
        process = self.popen("submit", "--json", "job.yaml")
        while json.loads(process.stdout.readline())["event"] != "started":
            pass
        process.kill()
        process.wait(timeout=DEADLINE_S)
        self.assert_nothing_runs(server, self.client(server.unix))


class Mistakes(SubmitTest):
    def test_a_mistake_in_the_request_is_told_before_anything_travels(self):
        self.environ = {**os.environ, "BAILIFF_SERVER": "unix:/nowhere"}
        self.write("job.yaml", "steps:\n- name: s\n  comands: []\n")
        self.write("gone.yaml", "steps:\n- name: s\n  cases: [{input: gone}]\n")
        self.write("bounds.yaml", "steps: [{name: s, commands: [{argv: [x], limits: {pids: 0}}]}]")
        self.write("a.py", "")
        os.mkfifo("fifo")
        os.mkdir("empty")
        for args, words in (
                (["job.yaml"], b"job.yaml:3: comands: a Step has no such field"),
                (["gone.yaml"], b"gone.yaml:3: gone: No such file"),
                (["bounds.yaml"], b"steps[0].commands[0].limits.pids"),
                (["nowhere.yaml"], b"nowhere.yaml: No such file"),
                ([], b"neither a job file nor a source"),
                (["job.yaml", "two.yaml"], b"two.yaml"),
                (["--cpu-time=1s", "job.yaml"], b"--cpu-time goes with --language"),
                (["--language=python3", "--tests=empty", "a.py"], b"no NAME.in"),
                (["--language=python3", "fifo"], b"fifo: not a regular file"),
                (["--bogus"], b"bailiff submit --help"),
                (["--priority=1001", "job.yaml"], b"-1000 to 1000"),
                (["--server=host", "bounds.yaml"], b"limits.pids")):
            result = self.expect(2, "submit", *args)
            self.assertIn(words, result.stderr)
            self.assertEqual(result.stdout, b"")

    def test_what_can_be_no_job_is_told_before_anything_travels(self):
        self.environ = {**os.environ, "BAILIFF_SERVER": "unix:/nowhere"}
        for command in "cancel", "attach":
            for args, words in ((["x" * 129], b"is no job's id"), ([""], b'"" is no job\'s id'),
                                (["a b"], b"is no job's id"),
                                (["--tenant=x y", "a"], b'"x y" is no tenant\'s name'),
                                (["--tenant=" + "x" * 65, "a"], b"is no tenant's name")):
                self.assertIn(words, self.expect(2, command, *args).stderr)
            self.expect(125, command, "--tenant=x.y", "a:b-c")
        self.assertIn(b"FILE 2 is an empty name", self.expect(2, "files", "put", BAILIFF, "").stderr)

    def test_a_worker_that_is_not_there_is_told_with_what_to_do(self):
        self.write("job.yaml", "steps: [{name: s, commands: [{argv: [/bin/true]}]}]")
        result = self.expect(125, "submit", "--server=unix:/nowhere/sock", "job.yaml")
        self.assertIn(b"is bailiffd running?", result.stderr)
        self.assertIn(b"No such file", result.stderr)
        result = self.expect(125, "status", "--server=127.0.0.1:1")
        self.assertIn(b"127.0.0.1:1 (is bailiffd running there?)", result.stderr)
        self.assertIn(b"it takes unix:PATH", self.expect(2, "status", "--server=host").stderr)

    def test_a_socket_that_is_not_ours_to_use_names_the_group_that_may(self):
        server = self.serve()
        path = server.unix[len("unix:"):]
        os.chmod(self.folder, 0o711)
        os.chmod(path, 0o660)
        result = subprocess.run(
            ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", BAILIFF, "status"],
            env=self.environ, capture_output=True, timeout=DEADLINE_S, check=False)
        self.assertEqual(result.returncode, 125, result.stderr)
        self.assertIn(b"only members of group root may", result.stderr)
        self.assertIn(b"Permission denied", result.stderr)

    def test_what_the_worker_refuses_is_told_in_its_words(self):
        self.serve()
        self.write("a.xyz", "")
        result = self.expect(125, "submit", "--language=nolang", "a.xyz")
        self.assertIn(b"FAILED_PRECONDITION", result.stderr)
        self.assertIn(b"nolang", result.stderr)

    def test_a_full_standard_output_is_a_failure(self):
        self.serve()
        self.write("job.yaml", "steps: [{name: s, commands: [{argv: [/bin/true]}]}]")
        with open("/dev/full", "wb") as full:
            for args in (["status"], ["submit", "job.yaml"], ["submit", "--json", "job.yaml"]):
                result = subprocess.run([BAILIFF, *args], env=self.environ, stdout=full,
                                        stderr=subprocess.PIPE, timeout=DEADLINE_S, check=False)
                self.assertEqual(result.returncode, 125, result.stderr)
                self.assertEqual(result.stderr.count(b"No space left"), 1, result.stderr)
        for args in (["status"], ["submit", "--json", "job.yaml"]):
            ours, theirs = os.pipe()
            os.close(ours)
            result = subprocess.run([BAILIFF, *args], env=self.environ, stdout=theirs,
                                    stderr=subprocess.PIPE, timeout=DEADLINE_S, check=False)
            os.close(theirs)
            self.assertEqual(result.stderr.count(b"Broken pipe"), 1, result.stderr)


class FilesAndStatus(SubmitTest):
    def test_put_missing_get(self):
        self.serve()
        for size in (0, 5, 5 << 20):
            data = os.urandom(size)
            digest = hashlib.sha256(data).hexdigest()
            self.write("file", data)
            self.assertEqual(self.expect(1, "files", "missing", digest).stdout.decode(),
                             digest + "\n")
            for _ in range(2):
                put = self.expect(0, "files", "put", "file", "file")
                self.assertEqual(put.stdout.decode(), f"{digest}  file\n" * 2)
            self.assertEqual(put.stderr, b"")
            self.assertEqual(self.expect(0, "files", "missing", digest).stdout, b"")
            self.assertEqual(self.expect(0, "files", "get", digest).stdout, data)
            self.expect(0, "files", "get", "--out=got", digest)
            with open("got", "rb") as file:
                self.assertEqual(file.read(), data)
            self.assertEqual(stat.S_IMODE(os.stat("got").st_mode) & 0o111, 0)

    def test_names_are_printed_as_sha256sum_does(self):
        self.serve()
        names = ["plain", "back\\slash", "new\nline", "both\\n\n", "a\x1bb", "l" * 250]
        for name in names:
            self.write(name, name)
        put = self.expect(0, "files", "put", *names)
        self.assertEqual(put.stdout, subprocess.run(["sha256sum", *names], check=True,
                                                    capture_output=True).stdout)
        subprocess.run(["sha256sum", "--check", "--quiet"], input=put.stdout, check=True)

    def test_get_of_what_is_not_there_leaves_what_was(self):
        self.serve()
        self.write("got", "before")
        result = self.expect(125, "files", "get", "--out=got", "0" * 64)
        self.assertIn(b"NOT_FOUND", result.stderr)
        self.assertEqual(sorted(os.listdir(".")), sorted(set(os.listdir(".")) | {"got"}))
        with open("got", "rb") as file:
            self.assertEqual(file.read(), b"before")
        self.assertFalse([name for name in os.listdir(".") if name.startswith(".bailiff")])
        self.assertIn(b"64 lower-case hex", self.expect(2, "files", "get", "ABC").stderr)
        self.assertIn(b"put, get or missing", self.expect(2, "files", "pot").stderr)

    def test_get_does_not_write_to_a_terminal(self):
        self.serve()
        self.write("file", "\x1b[31m")
        digest = self.expect(0, "files", "put", "file").stdout[:64].decode()
        ours, theirs = os.openpty()
        self.addCleanup(os.close, ours)
        result = subprocess.run([BAILIFF, "files", "get", digest], env=self.environ, stdout=theirs,
                                stderr=subprocess.PIPE, timeout=DEADLINE_S, check=False)
        os.close(theirs)
        self.assertEqual(result.returncode, 2)
        self.assertIn(b"--out", result.stderr)

    def test_status_once_and_as_it_changes(self):
        self.serve("--slots", "3")
        self.assertIn(b"slots      0 of 3", self.expect(0, "status").stdout)
        status = json.loads(self.expect(0, "status", "--json").stdout)
        self.assertEqual(status["slots"], {"used": 0, "total": 3})
        self.assertIn("cpp", [language["code"] for language in status["languages"]])
        watcher = self.popen("status", "--watch", "--json")
        self.assertEqual(json.loads(watcher.stdout.readline())["slots"]["used"], 0)
        self.write("job.yaml", "steps: [{name: s, commands: [{argv: [/bin/sleep, '1000']}]}]")
        job = self.expect(0, "submit", "--detach", "job.yaml").stdout.decode().strip()
        wait_until(lambda: json.loads(watcher.stdout.readline())["slots"]["used"] == 1,
                   "the status to change")
        self.expect(0, "cancel", job)
        job, = self.events(0, "submit", "--detach", "job.yaml")
        self.expect(0, "cancel", job["job_id"])
        watcher.kill()
        watcher.wait(timeout=DEADLINE_S)


if __name__ == "__main__":
    sys.exit(unittest.main())
