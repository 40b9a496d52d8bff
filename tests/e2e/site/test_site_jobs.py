"""What jobs do, over gRPC: every verdict, graphs of steps, and each result as it happens."""

import hashlib
import os
import subprocess
import threading
import time
import unittest

import grpc

from served import (DEADLINE_S, SLOWNESS, TREE, SiteTest, executor, inline, job, named, result,
                    shell, wait_until)

LIMITS = job.Limits(cpu_time_ns=300_000_000 * SLOWNESS, wall_time_ns=60_000_000_000,
                    memory_bytes=32 << 20, stdout_bytes=1 << 16)

# verdict: what a command of that verdict does
VERDICTS = {
    "OK": dict(script="exit 0"),
    "RUNTIME_ERROR": dict(script="exit 5"),
    "SIGNALED": dict(script="kill -SEGV $$"),
    "TIME_LIMIT": dict(script="while :; do :; done"),
    "WALL_TIME_LIMIT": dict(script="exec sleep 100",
                            limits=job.Limits(wall_time_ns=200_000_000)),
    "MEMORY_LIMIT": dict(script="x=aaaaaaaa; while :; do x=$x$x; done"),
    "OUTPUT_LIMIT": dict(script="while :; do echo aaaaaaaaaaaaaaaaaaaaaaa; done"),
    "FILE_ERROR": dict(script="exit 0", outputs=[job.Output(glob="wanted", required=True)]),
}


def of(events, kind):
    return [getattr(event, kind) for event in events if event.WhichOneof("what") == kind]


class Jobs(SiteTest):

    def test_every_verdict(self):
        _, client = self.started()
        for verdict, does in VERDICTS.items():
            with self.subTest(verdict):
                command = dict(does)
                command.setdefault("limits", LIMITS)
                answer = client.run(shell(command.pop("script"), **command))
                got = answer.cases[0].commands[0]
                self.assertEqual(result.Verdict.Name(got.verdict), "VERDICT_" + verdict, answer)
                self.assertEqual(answer.done.end, result.END_COMPLETED)
                self.assertEqual(answer.cases[0].outcome,
                                 result.OUTCOME_PASSED if verdict == "OK"
                                 else result.OUTCOME_FAILED)
        nowhere = job.Job(steps=[job.Step(name="s", commands=[job.Command(argv=["/no/where"])])])
        self.assertEqual(client.run(nowhere).cases[0].commands[0].verdict,
                         result.VERDICT_EXEC_FAILED)
        strict = shell("exit 0")
        strict.steps[0].commands[0].profile = "compile"
        self.assertEqual(client.run(strict).cases[0].commands[0].verdict, result.VERDICT_OK)

    def test_compile_and_twenty_cases_streamed(self):
        _, client = self.started()
        source = (b"#include <stdio.h>\n"
                  b"int main(void){long a,b; if(scanf(\"%ld %ld\",&a,&b)!=2) return 1;"
                  b"printf(\"%ld\\n\", a+b == 13 ? 0 : a+b); return 0;}\n")
        cases = [job.Case(name=f"case {i}", input=inline(b"%d %d" % (i, i + 1)),
                          answer=inline(b"%d" % (2 * i + 1))) for i in range(20)]
        submission = job.Job(steps=[
            job.Step(name="compile", commands=[job.Command(
                compile=job.Compile(language="c"),
                inputs=[job.Input(name="/app/main.c", file=inline(source))])]),
            job.Step(name="tests", cases=cases, check=job.Check(tokens=job.Tokens()),
                     commands=[job.Command(compiled=job.Compiled(step="compile"))])])
        at, events = [], []
        for event in client.watch(submission):
            at.append(time.monotonic())
            events.append(event)
        self.assertEqual([event.number for event in events], list(range(len(events))))
        kinds = [event.WhichOneof("what") for event in events]
        self.assertEqual(kinds, ["queued", "started", "case_ended", "step_ended"]
                         + ["case_ended"] * 20 + ["step_ended", "done"])
        self.assertEqual(events[1].started.waited_ns, events[-1].done.waited_ns)
        ended = of(events, "case_ended")
        self.assertEqual([case.case for case in ended[1:]], list(range(20)))
        self.assertEqual([case.case for case in ended[1:]
                          if case.outcome == result.OUTCOME_REJECTED], [6])
        done = events[-1].done
        self.assertEqual((done.outcome, done.step, done.case), (result.OUTCOME_REJECTED, 1, 6))
        self.assertEqual((done.counts.passed, done.counts.rejected), (20, 1))
        # Told as it happened, not all at the end.
        self.assertGreater(events[-1].at_ns, events[4].at_ns)
        self.assertLess(at[2], at[-1])

    def test_run_answers_what_watch_tells(self):
        _, client = self.started()
        wanted = shell("cat; exit $1", stdout=job.Keep(return_bytes=10, store=True), cases=[
            job.Case(name="a", input=inline(b"hello"), args=["x", "0"]),
            job.Case(name="b", input=inline(b"x" * 100), args=["x", "1"])])
        wanted.steps[0].commands[0].argv[:] = ["/bin/sh", "-c", "cat; exit $1"]
        answer = client.run(wanted)
        events = list(client.watch(wanted))
        self.assertEqual([case.outcome for case in answer.cases],
                         [case.outcome for case in of(events, "case_ended")])
        kept = [case.commands[0].stdout for case in answer.cases]
        self.assertEqual([(k.data, k.size_bytes, k.cut) for k in kept],
                         [(b"hello", 5, False), (b"x" * 10, 100, True)])
        self.assertEqual(client.get(kept[1].sha256), b"x" * 100)
        self.assertEqual(answer.job_id.split("-")[0], events[0].job_id.split("-")[0])

    def test_files_of_the_store(self):
        _, client = self.started()
        data = bytes(range(256)) * 12000
        digest = hashlib.sha256(data).digest()
        other = hashlib.sha256(b"other").digest()
        wanted = shell("sha256sum < data", stdout=job.Keep(return_bytes=64),
                       inputs=[job.Input(name="data", file=job.File(sha256=digest))])
        told = self.assert_status(grpc.StatusCode.FAILED_PRECONDITION, client.run, wanted)
        self.assertIn("steps[0].commands[0].inputs[0].file.sha256", told.details())
        self.assertIn(digest.hex(), told.details())
        missing = executor.Digests(sha256=[digest, other])
        self.assertEqual(list(client.call("Files/Missing", missing).sha256), [digest, other])
        info = client.put(data)
        self.assertEqual((info.sha256, info.size_bytes, info.was_there),
                         (digest, len(data), False))
        self.assertTrue(client.put(data).was_there)
        unannounced = client.call("Files/Put", iter([executor.PutChunk(data=data[:5]),
                                                     executor.PutChunk(data=data[5:])]))
        self.assertEqual((unannounced.sha256, unannounced.was_there), (digest, True))
        self.assertEqual(list(client.call("Files/Missing", missing).sha256), [other])
        self.assertEqual(client.run(wanted).cases[0].commands[0].stdout.data,
                         digest.hex().encode())
        self.assertEqual(client.get(digest), data)
        self.assertEqual(client.get(digest, offset=1000, length=50), data[1000:1050])
        self.assertEqual(client.get(digest, offset=len(data)), b"")
        self.assert_status(grpc.StatusCode.OUT_OF_RANGE, client.get, digest, offset=len(data) + 1)
        self.assert_status(grpc.StatusCode.NOT_FOUND, client.get, other)

    def test_pieces_of_any_size_by_many_at_once(self):
        """Large pieces are written slice by slice; with little room for what waits, at once."""
        for room in (256 << 20, 6 << 20):
            server, client = self.started("--events", str(room))
            clients = [client] + [self.client(server.unix) for _ in range(3)]
            texts = [os.urandom((12 << 20) + 7 * i) for i in range(len(clients))]
            sizes = [4 << 20, (256 << 10) + 1, 256 << 10, 100000]
            answers = []

            def put(who, number):
                for turn in range(3):  # of the last ones some wait for others, or find it there
                    data = texts[(number + turn) % len(texts)]
                    answers.append((who.put(data, sizes[number]).sha256,
                                    hashlib.sha256(data).digest()))
            threads = [threading.Thread(target=put, args=one) for one in zip(clients, range(4))]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(DEADLINE_S)
            self.assertEqual(len(answers), 12)
            for told, wanted in answers:
                self.assertEqual(told, wanted)
            for data in texts:
                self.assertEqual(client.get(hashlib.sha256(data).digest()), data)
            self.stop(server)

    def test_an_upload_that_is_cancelled_within_a_piece(self):
        server, client = self.started()
        go = threading.Event()

        def chunks():
            yield executor.PutChunk(data=bytes(4 << 20))
            go.wait(DEADLINE_S)
        for _ in range(20):
            call = client.method("Files/Put").future(chunks())
            time.sleep(0.002)  # the moment is what is tried
            call.cancel()
        go.set()

        def is_empty():
            try:
                return client.status().store_bytes.used == 0
            except grpc.RpcError as error:  # gRPC's core reset a stream that it had not opened,
                if error.code() != grpc.StatusCode.UNAVAILABLE:  # which ends the connection
                    raise
                return False
        wait_until(is_empty, "the store to be empty")
        self.assertEqual(client.put(bytes(4 << 20), 4 << 20).size_bytes, 4 << 20)

    def test_a_file_that_is_not_what_was_announced(self):
        _, client = self.started()

        def chunks(digest, size, *data):
            yield executor.PutChunk(sha256=digest, size_bytes=size)
            for piece in data:
                yield executor.PutChunk(data=piece)
        right = hashlib.sha256(b"abc").digest()
        for stream in (chunks(right, 3, b"abd"), chunks(right, 3, b"abcd"), chunks(right, 3, b"ab"),
                       chunks(b"short", 3, b"abc"),
                       iter([executor.PutChunk(data=b"a"), executor.PutChunk(sha256=right)])):
            self.assert_status(grpc.StatusCode.INVALID_ARGUMENT, client.call, "Files/Put", stream)
        self.assertEqual(list(client.call("Files/Missing",
                                          executor.Digests(sha256=[right])).sha256), [right])
        self.assertEqual(client.call("Files/Put", iter([])).size_bytes, 0)

    def test_files_that_are_fetched(self):
        files = subprocess.Popen(
            ["/usr/bin/python3", os.path.join(TREE, "tests", "support", "fetch", "file_server.py")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.addCleanup(files.wait, DEADLINE_S)
        self.addCleanup(files.stdin.close)
        self.addCleanup(files.stdout.close)
        port = files.stdout.readline().decode().strip()
        server, client = self.started("--fetch", port)

        def fetching(path, digest, port=port):
            return shell("wc -c < data", stdout=job.Keep(return_bytes=20), inputs=[job.Input(
                name="data", file=job.File(remote=job.Remote(
                    sha256=digest, url=f"http://127.0.0.1:{port}{path}")))])
        right = hashlib.sha256(b"f" * 100000).digest()
        for _ in range(2):  # the second time it is there
            answer = client.run(fetching("/files/100000/x", right))
            self.assertEqual(answer.cases[0].commands[0].stdout.data, b"100000\n", answer)
        wrong = client.run(fetching("/files/100001/x", bytes(32)))
        self.assertEqual(wrong.cases[0].outcome, result.OUTCOME_ERROR)
        self.assertEqual(wrong.cases[0].error.step, "STORE_CONTENT")
        self.assert_status(grpc.StatusCode.PERMISSION_DENIED, client.run,
                           fetching("/files/1/x", right, port="9"))
        told = self.assert_status(grpc.StatusCode.INVALID_ARGUMENT, client.run,
                                  fetching("/../x", right))
        self.assertIn("steps[0].commands[0].inputs[0].file.remote.url", told.details())
        # A client that leaves while its job's file comes.
        call = client.watch(fetching("/stall", bytes(32)))
        self.assertEqual([next(call).WhichOneof("what") for _ in range(2)], ["queued", "started"])
        call.cancel()
        self.assert_nothing_runs(server, client)

    def test_what_this_worker_lacks(self):
        _, client = self.started("--ceiling", str(512 << 20))
        profile = shell("exit 0", profile="nosuch")
        told = self.assert_status(grpc.StatusCode.FAILED_PRECONDITION, client.run, profile)
        self.assertIn("steps[0].commands[0].profile", told.details())
        language = job.Job(steps=[job.Step(name="c", commands=[job.Command(
            compile=job.Compile(language="cobol"),
            inputs=[job.Input(name="/app/x", file=inline(b""))])])])
        self.assert_status(grpc.StatusCode.FAILED_PRECONDITION, client.run, language)
        large = shell("exit 0", limits=job.Limits(memory_bytes=1 << 30))
        told = self.assert_status(grpc.StatusCode.INVALID_ARGUMENT, client.run, large)
        self.assertIn("limits: memory", told.details())
        remote = shell("exit 0", inputs=[job.Input(name="x", file=job.File(remote=job.Remote(
            sha256=bytes(32), url="http://localhost/x")))])
        self.assert_status(grpc.StatusCode.PERMISSION_DENIED, client.run, remote)

    def test_inputs_stand_where_they_say(self):
        _, client = self.started()
        names = ("plain", "deep/er", "/box/absolute", "/box/in/side", "/app/own", "/etc/passwd")
        answer = client.run(shell("cat plain deep/er absolute in/side /app/own /etc/passwd",
                                  stdout=job.Keep(return_bytes=100),
                                  inputs=[job.Input(name=name, file=inline(b"%d" % i))
                                          for i, name in enumerate(names)]))
        self.assertEqual(answer.cases[0].commands[0].stdout.data, b"012345", answer)

    def test_an_input_that_can_not_be_there_blames_no_program(self):
        _, client = self.started()
        for names, words in ((["/tmp/x"], "[0].name: \"/tmp/x\" is a place of the sandbox's own"),
                             (["/dev/x"], "[0].name: \"/dev/x\""), (["/box"], "[0].name: \"/box\""),
                             (["/app"], "[0].name: \"/app\""),
                             (["x", "/box/x"], "[1].name: \"/box/x\" is given twice"),
                             (["x", "x/y"], "[1].name: \"x/y\" is below another input"),
                             (["/app/x/y", "/app/x"], "[1].name: \"/app/x\" has another input")):
            with self.subTest(names=names):
                wanted = shell("true", inputs=[job.Input(name=name, file=inline(b""))
                                               for name in names])
                told = self.assert_status(grpc.StatusCode.INVALID_ARGUMENT, client.run, wanted)
                self.assertIn("steps[0].commands[0].inputs" + words, told.details())
        # Only the root can tell.
        for name in "/new/x", "/etc/nosuch", "/etc":
            with self.subTest(name=name):
                case = client.run(shell("true", inputs=[
                    job.Input(name=name, file=inline(b""))])).cases[0]
                self.assertEqual(case.outcome, result.OUTCOME_ERROR, case)
                error = case.commands[0].error
                self.assertEqual(case.commands[0].verdict, result.VERDICT_FILE_ERROR)
                self.assertEqual((error.step, error.fault, error.detail),
                                 ("INPUT", result.FAULT_CLIENT, name))

    def test_several_cases_at_once(self):
        server, client = self.started("--slots", "4")
        wanted = shell("exec sleep 1000", cases=[job.Case(name=str(i)) for i in range(9)])
        wanted.parallel = 3
        call = client.watch(wanted)
        id = next(call).job_id
        wait_until(lambda: named(server.process.pid, "sleep") == 3, "three cases at once")
        self.assertEqual(client.status().slots.used, 3)
        # Somebody waits: he gets the next slot that becomes free.
        others = [client.watch(shell("exec sleep 1000")) for _ in range(2)]
        first = [next(other).job_id for other in others]
        wait_until(lambda: named(server.process.pid, "sleep") == 4, "one of the others to run")
        for job_id in [id] + first:
            client.call("Executor/Cancel", client.ref(job_id))
        self.assertEqual(client.status().slots.used, 0)


if __name__ == "__main__":
    unittest.main()
