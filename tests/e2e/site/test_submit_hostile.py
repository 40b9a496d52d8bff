"""bailiff's client commands against workers that lie, by gRPC's own Python library, over TLS too."""

import concurrent.futures
import os
import socket
import subprocess
import sys
import threading
import unittest

import grpc

from served import DEADLINE_S, HERE, METHODS, executor, result
from test_submit import BAILIFF, SubmitTest

sys.path.insert(0, os.path.join(HERE, "..", "rpc"))
from echo import Server, make_certificates  # noqa: E402

EVIL = "\x1b]0;owned\x07\u202e\r"
JOB = "steps: [{name: s, commands: [{argv: [/bin/true]}]}]"


def event(number=0, job_id="job-1", **what):
    return result.Event(job_id=job_id, number=number, **what)


def done(**fields):
    return event(9, done=result.JobDone(end=result.END_COMPLETED, outcome=result.OUTCOME_PASSED,
                                        **fields))


class Worker:
    """Answers each method as the test says: a function from (request, context)."""

    def __init__(self, address, methods, credentials=None):
        self.server = grpc.server(concurrent.futures.ThreadPoolExecutor(8))
        handlers = {}
        for name, function in methods.items():
            kind, request, answer = METHODS[name]
            handlers.setdefault(name.split("/")[0], {})[name.split("/")[1]] = getattr(
                grpc, kind + "_rpc_method_handler")(
                    function, request.FromString,
                    lambda message: message if isinstance(message, bytes)
                    else message.SerializeToString())
        for service, members in handlers.items():
            self.server.add_generic_rpc_handlers(
                (grpc.method_handlers_generic_handler("bailiff.v1." + service, members),))
        self.port = (self.server.add_secure_port(address, credentials) if credentials
                     else self.server.add_insecure_port(address))
        self.server.start()


class Hostile(SubmitTest):
    @classmethod
    def setUpClass(cls):
        pass  # nothing here is isolated, so no privilege is needed

    def setUp(self):
        super().setUp()
        self.write("job.yaml", JOB)

    def work(self, address=None, credentials=None, **methods):
        address = address or "unix:" + os.path.join(self.folder, "socket")
        methods = {name.replace("_", "/"): function for name, function in methods.items()}
        methods.setdefault("Files/Missing", lambda request, context: executor.Digests())
        worker = Worker(address, methods, credentials)
        self.addCleanup(lambda: worker.server.stop(None).wait())
        self.environ = {**os.environ, "BAILIFF_SERVER": address}
        return worker

    def watch(self, *events):
        return self.work(Executor_Watch=lambda request, context: iter(events))

    def assert_printable(self, *texts):
        for text in texts:
            self.assertFalse([byte for byte in text if byte < 0x20 and byte != 0x0A], text)
            self.assertNotIn("\u202e".encode(), text)

    def test_nothing_of_an_event_reaches_the_terminal_as_it_is(self):
        command = result.CommandResult(
            verdict=result.VERDICT_SANDBOX_ERROR,
            error=result.Error(message=EVIL, detail=EVIL, step=EVIL),
            stderr=result.Data(size_bytes=9, data=EVIL.encode()))
        self.watch(
            event(0, started=result.Started(cpus=EVIL)),
            event(1, case_ended=result.CaseResult(step_name=EVIL, case_name=EVIL,
                                                  outcome=result.OUTCOME_FAILED,
                                                  commands=[command])),
            event(2, case_ended=result.CaseResult(
                step_name="s", outcome=result.OUTCOME_REJECTED,
                check=result.CheckResult(message=b"\x9b31m" + EVIL.encode()))),
            done(error=result.Error(message=EVIL)))
        for args in (["job.yaml"], ["job.yaml", "--verbose"], ["job.yaml", "--json"]):
            answer = self.expect(0, "submit", *args)
            self.assertIn(b"owned", answer.stdout)
            self.assert_printable(answer.stdout, answer.stderr)

    def test_nothing_of_a_status_reaches_the_terminal_as_it_is(self):
        def refuse(request, context):
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, EVIL + "steps[0]")
        self.work(Executor_Watch=refuse,
                  Executor_Status=lambda request, context: executor.WorkerStatus(
                      version=EVIL, host=EVIL, profiles=[EVIL],
                      tenants=[executor.TenantStatus(name=EVIL)],
                      languages=[executor.LanguageStatus(code=EVIL, name=EVIL)]))
        answer = self.expect(125, "submit", "job.yaml")
        self.assertIn(b"INVALID_ARGUMENT", answer.stderr)
        self.assertIn(b"steps[0]", answer.stderr)
        self.assert_printable(answer.stderr, self.expect(0, "status").stdout,
                              self.expect(0, "status", "--json").stdout)

    def test_an_end_without_a_result_is_no_success(self):
        self.watch(event(0, queued=result.Queued()))
        self.assertIn(b"without a result", self.expect(125, "submit", "job.yaml").stderr)

    def test_answers_that_are_none_are_refused(self):
        for answers in ([b"\xff\xff\xff"], [event(job_id=EVIL)], [event(job_id="a/b")],
                        [event(job_id="x" * 129)], [event(job_id="")]):
            worker = self.watch(*answers)
            self.assertIn(b"the worker's answer", self.expect(125, "submit", "job.yaml").stderr)
            self.assertEqual(self.command("submit", "--detach", "job.yaml").stdout, b"")
            worker.server.stop(None).wait()

    def test_missing_that_names_what_was_not_asked_for(self):
        self.write("large", b"x" * 10000)
        self.write("with.yaml", JOB.replace("}]}]", "}], cases: [{input: large}]}]"))
        for digests in ([b"\x00" * 32], [b""], [b"\x00" * 32] * 5):
            worker = self.work(Files_Missing=lambda request, context, digests=digests:
                               executor.Digests(sha256=digests))
            self.assertIn(b"what was not asked for",
                          self.expect(125, "submit", "with.yaml").stderr)
            worker.server.stop(None).wait()

    def test_a_file_that_leaves_the_store_is_sent_again_once(self):
        self.write("large", b"x" * 10000)
        self.write("with.yaml", JOB.replace("}]}]", "}], cases: [{input: large}]}]"))
        store, calls = set(), []

        def missing(request, context):
            return executor.Digests(sha256=[d for d in request.sha256 if d not in store])

        def put(chunks, context):
            digest = next(chunks).sha256
            size = sum(len(chunk.data) for chunk in chunks)
            store.add(digest)
            return executor.FileInfo(sha256=digest, size_bytes=size)

        def watch(request, context):
            calls.append(request)
            if len(calls) == 1:
                store.clear()
            if not store:
                context.abort(grpc.StatusCode.FAILED_PRECONDITION, "it is gone")
            yield done()
        self.work(Files_Missing=missing, Files_Put=put, Executor_Watch=watch)
        answer = self.expect(0, "submit", "with.yaml")
        self.assertEqual((len(calls), answer.stderr.count(b"sending large")), (2, 2))
        self.assertEqual(calls[0], calls[1])

    def test_a_file_that_is_another_is_not_kept(self):
        self.work(Files_Get=lambda request, context: iter([executor.GetChunk(data=b"other")]))
        answer = self.expect(125, "files", "get", "--out=got", "0" * 64)
        self.assertIn(b"another file", answer.stderr)
        self.assertFalse(os.path.exists("got"))

    def test_when_to_try_again_is_told(self):
        def full(request, context):
            context.set_trailing_metadata((("grpc-retry-pushback-ms", "2500"),))
            context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "the queue is full")
        self.work(Executor_Watch=full)
        answer = self.expect(125, "submit", "job.yaml")
        self.assertIn(b"RESOURCE_EXHAUSTED: the queue is full; try again in 2.5 s", answer.stderr)

    def test_tls_certificates_and_tokens(self):
        make_certificates(self.folder)
        seen = []

        def read(name):
            with open(name, "rb") as file:
                return file.read()

        def status(request, context):
            seen.append(dict(context.invocation_metadata()).get("authorization"))
            return executor.WorkerStatus(version="tls")
        worker = self.work("0.0.0.0:0", grpc.ssl_server_credentials(
            [(read("server.key"), read("server.pem"))], read("ca.pem"), True),
            Executor_Status=status)
        server = f"--server=127.0.0.1:{worker.port}"
        ours = ["--cert=client.pem", "--key=client.key"]
        self.write("token", "a-secret-of-ours\n", 0o600)
        self.write("two-words", "a secret\n")
        self.assertIn(b"bailiffd tls", self.expect(
            0, "status", server, "--tls-ca=ca.pem", *ours, "--token-file=token").stdout)
        self.expect(0, "status", f"--server=localhost:{worker.port}", "--tls-ca=ca.pem", *ours)
        self.assertEqual(seen, ["Bearer a-secret-of-ours", None])
        for wrong, says in (
                (["--tls-ca=ca.pem"], b"it ended the connection"),  # without a word of why
                (["--tls-ca=other.pem", *ours], b"TLS: self-signed certificate in certificate"),
                (["--tls"], b"TLS: self-signed certificate in certificate"),
                (["--tls-ca=ca.pem", "--cert=other.pem", "--key=other.key"],
                 b"it ended the connection"),
                ([f"--server=127.0.0.2:{worker.port}", "--tls-ca=ca.pem"],
                 b"TLS: IP address mismatch"),
                ([], b"(does it want TLS? See --tls-ca)")):
            with self.subTest(wrong=wrong):
                answer = self.expect(125, "status", server, *wrong)
                self.assertIn(says, answer.stderr)
                self.assertNotIn(b"is bailiffd running", answer.stderr)
        for wrong, says in ((["--tls-ca=ca.pem", "--cert=client.pem"], b"go together"),
                            (["--tls-ca=nowhere.pem"], b"nowhere.pem"),
                            (["--tls", "--token-file=nowhere"], b"nowhere: No such file"),
                            (["--tls", "--token-file=two-words"], b"printable ASCII"),
                            (["--server=192.0.2.1:1", "--token-file=token"], b"in the clear"),
                            (["--server=unix:/socket", "--tls"], b"no TLS on a Unix socket")):
            answer = self.expect(2, "status", server, *wrong)
            self.assertIn(says, answer.stderr)
            self.assertNotIn(b"a-secret", answer.stderr)
        self.assertEqual(len(seen), 2)

    def answering(self, words):
        """Whoever connects is told the words, and left; None: nothing, and not left."""
        server = socket.create_server(("127.0.0.1", 0))
        held = []

        def serve():
            while True:
                try:
                    peer, _ = server.accept()
                except OSError:
                    return
                held.append(peer)
                if words is not None:
                    peer.recv(65536)
                    peer.sendall(words)
                    peer.close()
        threading.Thread(target=serve, daemon=True).start()
        self.addCleanup(lambda: [peer.close() for peer in held])
        self.addCleanup(server.close)
        self.addCleanup(server.shutdown, socket.SHUT_RDWR)
        return f"--server=127.0.0.1:{server.getsockname()[1]}"

    def test_what_a_worker_of_ours_says_of_our_certificate(self):
        make_certificates(self.folder)
        self.environ = dict(os.environ)
        worker = Server("--tls", "server.pem", "server.key", "--authority", "ca.pem", "127.0.0.1:0")
        self.addCleanup(worker.finish)
        self.addCleanup(worker.terminate)
        for ours, says in (([], b"TLS: tlsv13 alert certificate required"),
                           (["--cert=other.pem", "--key=other.key"],
                            b"TLS: tlsv1 alert unknown ca"),
                           (["--cert=client.pem", "--key=client.key"], b"UNIMPLEMENTED")):
            answer = self.expect(125, "status", "--server=" + worker.addresses[0],
                                 "--tls-ca=ca.pem", *ours)
            self.assertIn(says, answer.stderr)

    def test_why_a_worker_can_not_be_reached(self):
        make_certificates(self.folder)
        silent = self.answering(None)
        self.environ = dict(os.environ)
        waiting = [self.popen("status", silent), self.popen("status", silent, "--tls-ca=ca.pem")]
        plain = self.work("127.0.0.1:0", Executor_Status=lambda r, c: executor.WorkerStatus())
        for server, options, says in (
                (self.answering(b"HTTP/1.1 400 Bad Request\r\n\r\n"), [],
                 b"it does not speak HTTP/2 (does it want TLS?"),
                (self.answering(b"\x15\x03\x01\x00\x02\x02\x46"), [],
                 b"it does not speak HTTP/2 (does it want TLS?"),
                (self.answering(b""), [], b"it ended the connection"),
                (self.answering(b""), ["--tls-ca=ca.pem"], b"it ended the connection"),
                (f"--server=127.0.0.1:{plain.port}", ["--tls-ca=ca.pem"],
                 b"TLS: wrong version number"),
                ("--server=127.0.0.1:1", [], b"(is bailiffd running there?): Connection refused"),
                ("--server=127.0.0.1:1", ["--tls"],
                 b"(is bailiffd running there?): Connection refused")):
            with self.subTest(says=says):
                self.assertIn(says, self.expect(125, "status", server, *options).stderr)
        for port in b"99999", b"0", b"-1", b"65536", b"http":
            answer = self.expect(2, "status", b"--server=127.0.0.1:" + port)
            self.assertIn(b'127.0.0.1:%s": a port is 1 to 65535' % port, answer.stderr)
        for process, says in zip(waiting, (b"timed out: it is silent", b"TLS: timed out")):
            _, err = process.communicate(timeout=DEADLINE_S)
            self.assertEqual(process.returncode, 125)
            self.assertIn(says, err)

    def test_a_worker_that_dies_is_told_and_no_result_is_made_up(self):
        process = subprocess.Popen(
            [sys.executable, "-B", "-c",
             "import sys; sys.path.insert(0, sys.argv[1])\n"
             "import os, shutil, served, test_submit_hostile as t\n"
             "shutil.rmtree(served.GENERATED)  # loaded; we won't end in an orderly way\n"
             "def watch(request, context):\n"
             "    yield t.event(0, started=served.result.Started())\n"
             "    sys.stdin.read(1); os._exit(0)\n"
             "t.Worker(sys.argv[2], {'Files/Missing': lambda r, c: served.executor.Digests(),\n"
             "                       'Executor/Watch': watch})\n"
             "print('up', flush=True)\n"
             "import time; time.sleep(1000)\n", HERE, "unix:" + self.folder + "/socket"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.assertEqual(process.stdout.readline(), b"up\n")
        self.environ = {**os.environ, "BAILIFF_SERVER": "unix:" + self.folder + "/socket"}
        client = self.popen("submit", "job.yaml")
        self.assertIn(b"started", client.stderr.readline())
        process.stdin.write(b"x")
        process.stdin.close()
        _, err = client.communicate(timeout=DEADLINE_S)
        self.assertEqual(client.returncode, 125)
        self.assertIn(b"the connection was lost", err)
        self.assertIn(b"bailiff attach job-1", err)


if __name__ == "__main__":
    sys.exit(unittest.main())
