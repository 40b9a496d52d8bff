"""What the tests of executor/server share: a running site_server, generated messages, and calls.

SITE_SERVER names the program (CTest sets it). The messages are made by protoc from the project's own
.proto files, as any user would; calls go by gRPC's own Python library.
"""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import unittest

import grpc

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import ends  # noqa: E402
from slowness import DEADLINE_S, SLOWNESS, wait_until  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
TREE = os.path.normpath(os.path.join(HERE, "..", "..", ".."))
SERVER = os.environ.get("SITE_SERVER", os.path.join(TREE, "build", "bin", "site_server"))
OPTIONS = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1),
           ("grpc.enable_http_proxy", 0), ("grpc.use_local_subchannel_pool", 1),
           ("grpc.enable_retries", 0)]

GENERATED = ends.folder("bailiff-stubs-")
subprocess.run(
    ["protoc", "-I", os.path.join(TREE, "proto"), "--python_out", GENERATED]
    + ["bailiff/v1/" + name + ".proto" for name in ("job", "result", "executor")]
    + ["grpc/health/v1/health.proto"], check=True, timeout=DEADLINE_S)
sys.path.insert(0, os.path.join(GENERATED, "bailiff", "v1"))
sys.path.insert(0, GENERATED)
# protoc's Python looks for "bailiff.v1" as a package, and "grpc" is gRPC's own.
from bailiff.v1 import executor_pb2 as executor  # noqa: E402
from bailiff.v1 import job_pb2 as job  # noqa: E402
from bailiff.v1 import result_pb2 as result  # noqa: E402

METHODS = {
    # name: (streams, request, answer)
    "Executor/Run": ("unary_unary", job.Job, result.JobResult),
    "Executor/Watch": ("unary_stream", job.Job, result.Event),
    "Executor/Attach": ("unary_stream", executor.AttachRequest, result.Event),
    "Executor/Result": ("unary_unary", executor.JobRef, result.JobResult),
    "Executor/Cancel": ("unary_unary", executor.JobRef, executor.CancelReply),
    "Executor/Status": ("unary_unary", executor.StatusRequest, executor.WorkerStatus),
    "Executor/WatchStatus": ("unary_stream", executor.StatusRequest, executor.WorkerStatus),
    "Files/Put": ("stream_unary", executor.PutChunk, executor.FileInfo),
    "Files/Get": ("unary_stream", executor.GetRequest, executor.GetChunk),
    "Files/Missing": ("unary_unary", executor.Digests, executor.Digests),
}


class Client:
    """One connection."""

    def __init__(self, address):
        self.channel = grpc.insecure_channel(address, OPTIONS)

    def method(self, name):
        kind, request, answer = METHODS[name]
        return getattr(self.channel, kind)(
            "/bailiff.v1." + name, request_serializer=request.SerializeToString,
            response_deserializer=answer.FromString)

    def call(self, name, message, timeout=DEADLINE_S):
        return self.method(name)(message, timeout=timeout)

    def run(self, message, timeout=DEADLINE_S):
        return self.call("Executor/Run", message, timeout)

    def watch(self, message, timeout=DEADLINE_S):
        return self.call("Executor/Watch", message, timeout)

    def status(self):
        return self.call("Executor/Status", executor.StatusRequest())

    def ref(self, id, tenant=""):
        return executor.JobRef(id=id, tenant=tenant)

    def put(self, data, chunk=1 << 20):
        def chunks():
            yield executor.PutChunk(sha256=hashlib.sha256(data).digest(), size_bytes=len(data))
            for at in range(0, len(data), chunk):
                yield executor.PutChunk(data=data[at:at + chunk])
        return self.call("Files/Put", chunks())

    def get(self, digest, **options):
        return b"".join(piece.data for piece in self.call(
            "Files/Get", executor.GetRequest(sha256=digest, **options)))

    def close(self):
        self.channel.close()


class Server:
    """before: the words of a command that runs the rest of its words."""

    def __init__(self, folder, *args, before=()):
        self.log = open(os.path.join(folder, "log"), "w+b")
        self.process = subprocess.Popen(
            [*before, SERVER, *args, os.path.join(folder, "store"), "unix:" + os.path.join(folder, "socket"),
             "127.0.0.1:0"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.log)
        self.unix = self.process.stdout.readline().decode().strip()
        self.tcp = self.process.stdout.readline().decode().strip()

    def said(self):
        self.log.seek(0)
        return self.log.read().decode(errors="replace")

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def finish(self):
        self.process.wait(timeout=DEADLINE_S)
        self.process.stdout.close()
        return self.process.returncode


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return [int(child) for child in file.read().split()]
    except OSError:
        return []


def descendants(pid):
    return [found for child in children(pid) for found in [child, *descendants(child)]]


def named(pid, name):
    """How many processes below pid execute a program of that name."""
    count = 0
    for child in descendants(pid):
        try:
            with open(f"/proc/{child}/cmdline", "rb") as file:
                count += name.encode() in file.read()
        except OSError:
            pass
    return count


class SiteTest(unittest.TestCase):
    """Has a folder of its own; servers that it starts must drain and leave with 0 at the end."""

    @classmethod
    def setUpClass(cls):
        if os.geteuid() != 0:
            if os.environ.get("BAILIFF_MUST_ISOLATE") == "1":
                raise AssertionError("BAILIFF_MUST_ISOLATE=1, but this needs root")
            raise unittest.SkipTest("this needs root")

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="bailiff-site-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def start(self, *args):
        server = Server(self.folder, *args)
        self.addCleanup(self.stop, server)
        self.assertTrue(server.tcp, server.said())
        return server

    def stop(self, server):
        if server.process.returncode is None:
            server.terminate()
            try:
                self.assertEqual(server.finish(), 0, server.said())
            except subprocess.TimeoutExpired:
                server.process.kill()
                raise AssertionError("does not drain: " + server.said()) from None
        server.log.close()

    def client(self, address):
        client = Client(address)
        self.addCleanup(client.close)
        return client

    def started(self, *args):
        server = self.start(*args)
        return server, self.client(server.unix)

    def assert_status(self, code, function, *args, **options):
        with self.assertRaises(grpc.RpcError) as caught:
            answer = function(*args, **options)
            if hasattr(answer, "__next__"):
                list(answer)
        self.assertEqual(caught.exception.code(), code, caught.exception)
        return caught.exception

    def assert_nothing_runs(self, server, client):
        """No slot is held, and no sandbox is busy: spares wait in /proc as the warden's own."""
        wait_until(lambda: client.status().slots.used == 0, "slots to be free")
        wait_until(lambda: named(server.process.pid, "sleep") == 0, "the programs' end")


def shell(script, name="s", cases=(), **command):
    """A job of one step that runs a shell script."""
    return job.Job(steps=[job.Step(name=name, cases=cases, commands=[
        job.Command(argv=["/bin/sh", "-c", script], **command)])])


def inline(data):
    return job.File(inline=data)
