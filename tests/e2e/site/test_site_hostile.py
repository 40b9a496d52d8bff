"""Clients that stall, flood, reset and send halves, while others' jobs go on beside them: those are
answered as if they were alone, the server's memory stays below what it may buffer, and nothing is
left of the hostile ones."""

import os
import random
import socket
import struct
import sys
import unittest

import grpc

from load import Load
from served import (DEADLINE_S, HERE, SiteTest, executor, inline, job, result, shell,
                    wait_until)

sys.path.insert(0, os.path.normpath(os.path.join(HERE, "..", "rpc")))
from frames import (BEGIN, DATA, PING, PREFACE, RST_STREAM, SETTINGS, frame,  # noqa: E402
                    request)

BUFFERED = 96 << 20
EVENTS = 16 << 20
SLACK = 32 << 20  # allocator, headers, the ends of streams
if os.environ.get("BAILIFF_SANITIZED"):
    SLACK += 64 << 20  # what was freed and is kept, a shadow of an eighth, zones around blocks
NO_WINDOW = frame(SETTINGS, 0, 0, struct.pack(">HI", 4, 0))
LINGER_RESET = struct.pack("ii", 1, 0)


def grown(server):
    """The most memory that it ever had."""
    with open(f"/proc/{server.process.pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) << 10 for line in file if line.startswith("VmHWM"))


def descriptors(server):
    return len(os.listdir(f"/proc/{server.process.pid}/fd"))


def message(what):
    data = what.SerializeToString()
    return b"\0" + struct.pack(">I", len(data)) + data


def ask(stream, path, flags=4):
    """A request's headers. The token is that of as_site_server.py: others know of none."""
    return request(stream, b"/bailiff.v1." + path, flags,
                   [(b"authorization", b"Bearer a-token-that-nobody-knows")])


def call(stream, path, what):
    return ask(stream, path) + frame(DATA, 1, stream, message(what))


class Hostile(SiteTest):

    def setUp(self):
        super().setUp()
        self.server = self.start("--slots", "2", "--buffered", str(BUFFERED), "--events",
                                 str(EVENTS))
        self.client_there = self.client(self.server.unix)
        self.client_there.status()
        self.before = descriptors(self.server)  # nobody else is there, nothing has run
        self.client_there.run(shell("exit 0"))
        self.sockets, self.others = [], []
        self.bound = grown(self.server) + BUFFERED + EVENTS + SLACK
        self.polite = Load(self.server.unix, random.Random(1), 3, 1, errors_allowed=False)
        self.addCleanup(self.polite.stop)
        self.go_on()

    def go_on(self):
        """The polite ones are answered, each some times."""
        enough = self.polite.answers + 30
        wait_until(lambda: self.polite.answers >= enough or self.polite.refusals, "answers")
        self.assertEqual((self.polite.wrong, self.polite.refusals), ([], []))

    def tearDown(self):
        self.go_on()
        self.assertLess(grown(self.server), self.bound)
        for end in self.sockets + self.others:
            end.close()
        self.polite.stop()
        self.assertEqual((self.polite.wrong, self.polite.refusals), ([], []))
        wait_until(lambda: self.client_there.status().queue.used == 0, "an empty queue")
        self.assert_nothing_runs(self.server, self.client_there)
        wait_until(lambda: descriptors(self.server) <= self.before, "descriptors to be closed")

    def another(self):
        """A client beside client_there, which ends before descriptors are counted."""
        client = self.client(self.server.unix)
        self.others.append(client)
        return client

    def connect(self):
        host, port = self.server.tcp.rsplit(":", 1)
        sock = socket.create_connection((host, int(port)), timeout=DEADLINE_S)
        self.sockets.append(sock)
        return sock

    def send(self, sock, data):
        """True: the server still listens."""
        try:
            sock.sendall(data)
            return True
        except (BrokenPipeError, ConnectionResetError):
            return False

    def test_a_thousand_streams_unread(self):
        data = os.urandom(2 << 20)
        digest = self.client_there.put(data).sha256
        get = executor.GetRequest(sha256=digest)
        watch = shell("head -c 100 /dev/zero", stdout=job.Keep(return_bytes=100))
        for number in range(10):
            sock = self.connect()
            sock.sendall(BEGIN if number % 2 else PREFACE + NO_WINDOW)
            for stream in range(1, 201, 2):
                watch.id = f"unread-{number}-{stream % 20}"  # ten streams for each job
                wanted = ((b"Files/Get", get) if stream % 4 == 1 else (b"Executor/Watch", watch))
                sock.sendall(call(stream, *wanted))
        # All of them are there beside the three polite ones, and nobody has read anything.
        wait_until(lambda: descriptors(self.server) >= self.before + 13, "the connections")
        wait_until(lambda: self.client_there.status().queue.used <= 3, "their jobs' end")
        self.go_on()

    def test_floods(self):
        ping = frame(PING, 0, 0, b"12345678")
        for data in (ping * 3000, frame(SETTINGS) * 3000,
                     b"".join(call(i, b"Executor/Watch", shell("exec sleep 1000")) +
                              frame(RST_STREAM, 0, i, b"\0\0\0\x08") for i in range(1, 4001, 2)),
                     b"".join(call(i, b"Executor/Status", executor.StatusRequest())
                              for i in range(1, 8001, 2)),
                     os.urandom(1 << 20),
                     ask(1, b"Executor/Run", 0) * 100):
            with self.subTest(data[:20]):
                for _ in range(5):
                    self.send(self.connect(), BEGIN + data)
                self.go_on()

    def test_halves_of_messages(self):
        """So many of them that all together would be more than may be buffered."""
        half = inline(bytes(16000)).SerializeToString()
        for _ in range(40):
            sock = self.connect()
            self.send(sock, BEGIN)
            self.send(sock, ask(1, b"Executor/Run"))
            self.send(sock, frame(DATA, 0, 1, b"\0" + struct.pack(">I", 16 << 20) + half[:100]))
            sock.settimeout(0.2)
            try:
                for _ in range(800):  # as far as its windows let it
                    sock.sendall(frame(DATA, 0, 1, half))
            except OSError:
                pass
        self.go_on()

    def test_halves_of_frames(self):
        whole = call(1, b"Executor/Watch", shell("exec sleep 1000"))
        for cut in range(1, len(whole), 7):
            self.send(self.connect(), (BEGIN + whole)[:len(BEGIN) + cut])
            if cut % 70 == 1:
                self.go_on()
                for sock in self.sockets[-10:]:
                    sock.close()
        self.send(self.connect(), BEGIN + struct.pack(">I", 16000)[1:] + b"\0\0\0\0\0\1" + b"x" * 99)

    def test_giants(self):
        """Messages of the largest size that say as much as they can: nothing in them is believed
        before it is counted."""
        size = 16 << 20
        inside = job.Step(name="s").SerializeToString() + b"\x12"  # a command of that step
        many = b"\x0a\0" * (size // 2 - 20)  # arguments
        length = bytes([len(many) >> shift & 127 | 128 for shift in (0, 7, 14)]
                       + [len(many) >> 21 & 127 | 128, len(many) >> 28])
        step = inside + length + many
        run = self.client_there.channel.unary_unary("/bailiff.v1.Executor/Run")
        put = self.client_there.channel.stream_unary("/bailiff.v1.Files/Put")
        for name, giant in {
                "steps": b"\x4a\0" * (size // 2), "labels": b"\x22\0" * (size // 2),
                "unknown fields": b"\xfa\x07\x01a" * (size // 4),
                "groups in groups": b"\x4b" * size, "numbers": b"\x30\x01" * (size // 2),
                "arguments": b"\x4a" + bytes([len(step) >> shift & 127 | 128
                                              for shift in (0, 7, 14)]
                                             + [len(step) >> 21]) + step,
                "nothing but zeros": bytes(size)}.items():
            with self.subTest(name):
                self.assert_status(grpc.StatusCode.INVALID_ARGUMENT, run, giant,
                                   timeout=DEADLINE_S)
        self.assert_status(grpc.StatusCode.RESOURCE_EXHAUSTED, run, bytes(20 << 20),
                           timeout=DEADLINE_S)
        self.assert_status(grpc.StatusCode.INVALID_ARGUMENT, put,
                           iter([b"\x12" + b"\x80\x80\x80\x03" + bytes(6 << 20)]),
                           timeout=DEADLINE_S)

    def test_all_sides_end_it_at_once(self):
        """Resets, Cancel from many connections and Attach, of one job, in any order."""
        others = [self.another() for _ in range(4)]
        for number in range(20):
            wanted = shell("exec sleep 1000")
            wanted.id = f"all-sides-{number}"
            call = self.client_there.watch(wanted)
            next(call)
            ref = self.client_there.ref(wanted.id)
            ends = [other.method("Executor/Cancel").future(ref, timeout=DEADLINE_S)
                    for other in others]
            if number % 2:
                call.cancel()
            watch = others[0].call("Executor/Attach", executor.AttachRequest(job=ref))
            for end in ends:
                # Who was too late may be told that there is none: its watcher has left.
                self.assertIn(end.code(), (grpc.StatusCode.OK, grpc.StatusCode.NOT_FOUND))
            try:
                self.assertEqual(list(watch)[-1].done.end, result.END_CANCELLED)
            except grpc.RpcError as error:
                self.assertEqual(error.code(), grpc.StatusCode.NOT_FOUND)

    def test_more_connections_than_there_may_be(self):
        """200 are served at once: who waits with nothing, or with a half, makes room."""
        halves = (b"", PREFACE[:10], BEGIN, BEGIN + ask(1, b"Executor/Run", 0))
        for number in range(300):
            self.send(self.connect(), halves[number % 4])
            if number % 50 == 49:
                self.another().run(shell("exit 0"))
        self.go_on()

    def test_resets(self):
        chance = random.Random(2)
        whole = BEGIN + b"".join(call(i, b"Executor/Watch", shell("exec sleep 1000"))
                                 for i in range(1, 21, 2))
        for _ in range(200):
            sock = self.connect()
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_RESET)
            self.send(sock, whole[:chance.randrange(len(whole))])
            sock.close()
        self.go_on()


if __name__ == "__main__":
    unittest.main()
