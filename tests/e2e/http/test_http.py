"""/metrics and /healthz over real sockets: Python's own HTTP client, and peers that misbehave."""

import http.client
import json
import math
import os
import re
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from slowness import DEADLINE_S, wait_until  # noqa: E402

SERVER = os.environ.get("HTTP_SERVER")
REQUEST = b"GET /healthz HTTP/1.0\r\n\r\n"


class Server:
    """An http_server of its own; its end is checked."""

    def __init__(self, address="127.0.0.1:0", request_ms=30000, connections=8):
        self.process = subprocess.Popen(
            [SERVER, address, str(request_ms), str(connections)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.address = self.process.stdout.readline().decode().strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        _, errors = self.process.communicate(timeout=DEADLINE_S)
        if self.process.returncode != 0:
            raise AssertionError(f"status {self.process.returncode}: {errors.decode()}")

    def connect(self):
        if self.address.startswith("unix:"):
            peer = socket.socket(socket.AF_UNIX)
            peer.connect(self.address[5:])
        else:
            host, port = self.address.rsplit(":", 1)
            peer = socket.create_connection((host, int(port)))
        peer.settimeout(DEADLINE_S)
        return peer

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def get(self, path, method="GET", **options):
        host, port = self.address.rsplit(":", 1)
        client = http.client.HTTPConnection(host, int(port), timeout=DEADLINE_S)
        client.request(method, path, **options)
        reply = client.getresponse()
        body = reply.read()
        client.close()
        return reply, body


def read_all(peer):
    """What comes until the end; a reset counts as an end."""
    received = b""
    try:
        while True:
            part = peer.recv(65536)
            if not part:
                return received
            received += part
    except ConnectionResetError:
        return received


def exchange(server, request):
    with server.connect() as peer:
        peer.sendall(request)
        return read_all(peer)


# ---- the exposition format, read by the letter of its description ----

LINE = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)')
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"(,|$)')


def labels_of(text):
    labels, at = {}, 0
    while at < len(text):
        match = LABEL.match(text, at)
        assert match, f"bad labels: {text}"
        assert match.group(1) not in labels
        labels[match.group(1)] = re.sub(
            r"\\(.)", lambda m: "\n" if m.group(1) == "n" else m.group(1), match.group(2))
        at = match.end()
    return labels


def parse_exposition(text):
    """{family: (type, {(sample name, labels): value})}; asserts what the format demands."""
    assert text.endswith("\n")
    families, current = {}, None
    for line in text[:-1].split("\n"):
        if line.startswith("# HELP "):
            current = line.split(" ", 3)[2]
            assert current not in families, f"{current} twice"
            families[current] = [None, {}]
        elif line.startswith("# TYPE "):
            name, kind = line.split(" ")[2:]
            assert name == current and families[name] == [None, {}]
            assert kind in ("counter", "gauge", "histogram")
            families[name][0] = kind
        else:
            match = LINE.fullmatch(line)
            assert match, f"bad line: {line}"
            name, kind = match.group(1), families[current][0]
            suffixes = ("_bucket", "_sum", "_count") if kind == "histogram" else ("",)
            assert name in [current + suffix for suffix in suffixes], line
            key = (name, tuple(sorted(labels_of(match.group(2) or "").items())))
            assert key not in families[current][1], f"twice: {line}"
            families[current][1][key] = float(match.group(3))
    return families


class Pages(unittest.TestCase):
    def test_healthz_says_whether_jobs_are_taken(self):
        with Server() as server:
            reply, body = server.get("/healthz")
            self.assertEqual((reply.status, reply.getheader("Content-Type")),
                             (200, "application/json"))
            self.assertEqual(json.loads(body), {"serving": True, "draining": False,
                                                "warden": True, "reason": ""})
            server.process.send_signal(signal.SIGUSR1)
            wait_until(lambda: server.get("/healthz")[0].status == 503, "draining")
            self.assertEqual(json.loads(server.get("/healthz")[1])["draining"], True)

    def test_metrics_keep_to_the_format(self):
        with Server() as server:
            reply, body = server.get("/metrics")
            families = parse_exposition(body.decode("utf-8"))
        self.assertEqual(reply.status, 200)
        self.assertEqual(reply.getheader("Content-Type"),
                         "text/plain; version=0.0.4; charset=utf-8")
        self.assertEqual(families["bailiff_build_info"][1],
                         {("bailiff_build_info", (("version", 'a"b\\c\nd'),)): 1.0})
        self.assertGreater(families["process_resident_memory_bytes"][1][
            ("process_resident_memory_bytes", ())], 4096)
        histograms = [name for name, (kind, _) in families.items() if kind == "histogram"]
        self.assertGreaterEqual(len(histograms), 4)
        for name in histograms:
            self.check_histogram(name, families[name][1])

    def check_histogram(self, name, samples):
        buckets = sorted((math.inf if labels[0][1] == "+Inf" else float(labels[0][1]), value)
                         for (sample, labels), value in samples.items()
                         if sample == name + "_bucket")
        counts = [count for _, count in buckets]
        self.assertEqual(counts, sorted(counts))
        self.assertEqual(buckets[-1], (math.inf, samples[(name + "_count", ())]))
        self.assertGreaterEqual(samples[(name + "_sum", ())], 0)

    def test_metrics_are_refreshed_for_each_answer(self):
        with Server() as server:
            told = [parse_exposition(server.get("/metrics")[1].decode())["bailiff_queue_jobs"][1]
                    [("bailiff_queue_jobs", ())] for _ in range(3)]
        self.assertEqual(told, [1, 2, 3])

    def test_head_has_the_headers_alone(self):
        with Server() as server:
            reply, body = server.get("/healthz", method="HEAD")
            self.assertEqual((reply.status, body), (200, b""))
            self.assertGreater(int(reply.getheader("Content-Length")), 0)

    def test_all_else_is_refused(self):
        with Server() as server:
            self.assertEqual(server.get("/")[0].status, 404)
            self.assertEqual(server.get("/metrics/")[0].status, 404)
            self.assertEqual(server.get("/../etc/passwd")[0].status, 404)
            reply, _ = server.get("/metrics", method="POST", body=b"", headers={})
            self.assertEqual((reply.status, reply.getheader("Allow")), (405, "GET, HEAD"))
            self.assertEqual(server.get("/metrics", headers={"Content-Length": "5"})[0].status, 413)
            self.assertEqual(server.get("/" + "a" * 2000)[0].status, 414)
            self.assertEqual(server.get("/metrics", headers={"X": "a" * 9000})[0].status, 431)

    def test_largest_page_arrives_whole(self):
        with Server() as server:
            self.assertEqual(len(server.get("/large")[1]), 65536)

    def test_unix_socket_serves_and_is_removed(self):
        with tempfile.TemporaryDirectory() as folder:
            path = folder + "/http.sock"
            with Server("unix:" + path) as server:
                self.assertIn(b" 200 OK\r\n", exchange(server, REQUEST))
                self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
            self.assertFalse(os.path.exists(path))

    def test_address_that_others_reach_is_refused_unless_asked_for(self):
        done = subprocess.run([SERVER, "0.0.0.0:0", "1000", "8"], capture_output=True,
                              timeout=DEADLINE_S, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"0.0.0.0:0", done.stderr)


class Misbehaving(unittest.TestCase):
    def test_bytes_one_by_one_are_a_request(self):
        with Server() as server, server.connect() as peer:
            for byte in REQUEST:
                peer.sendall(bytes([byte]))
            self.assertIn(b" 200 OK\r\n", read_all(peer))

    def test_trickle_is_cut_off_at_its_deadline(self):
        with Server(request_ms=300) as server, server.connect() as peer:
            peer.sendall(b"GET /healthz HTTP/1.0\r\nX: ")
            end = time.monotonic() + DEADLINE_S
            while not select.select([peer], [], [], 0.02)[0]:
                self.assertLess(time.monotonic(), end)
                try:
                    peer.sendall(b"a")
                except (BrokenPipeError, ConnectionResetError):
                    break
            self.assertEqual(read_all(peer), b"")

    def test_silence_is_cut_off_at_its_deadline(self):
        with Server(request_ms=200) as server:
            peers = [server.connect() for _ in range(4)]
            for peer in peers:
                self.assertEqual(read_all(peer), b"")
                peer.close()

    def test_answer_that_nobody_takes_is_given_up(self):
        with Server(request_ms=300) as server:
            idle = server.descriptors()
            peers = []
            for _ in range(8):
                peer = socket.socket()
                peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
                host, port = server.address.rsplit(":", 1)
                peer.connect((host, int(port)))
                peer.sendall(b"GET /large HTTP/1.0\r\n\r\n")
                peers.append(peer)
            wait_until(lambda: server.descriptors() == idle, "connections given up")
            for peer in peers:
                peer.close()

    def test_too_many_make_room_and_keep_nobody_out(self):
        with Server(connections=8) as server:
            idle = server.descriptors()
            held = [server.connect() for _ in range(100)]
            for peer in held:
                peer.sendall(b"G")
            self.assertIn(b" 200 OK\r\n", exchange(server, REQUEST))
            self.assertLessEqual(server.descriptors(), idle + 8)
            for peer in held:
                peer.close()
            wait_until(lambda: server.descriptors() == idle, "connections closed")

    def test_garbage_is_answered_or_dropped_and_harms_nobody(self):
        with Server() as server:
            idle = server.descriptors()
            for garbage in (b"\x00" * 100, b"\x16\x03\x01\x02\x00\x01", b"\xff" * 9000,
                            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET / HTTP/1.1\n\n",
                            b"GET /" + b"a" * 100000, os.urandom(4096)):
                reply = exchange(server, garbage)
                self.assertTrue(reply == b"" or reply.startswith(b"HTTP/1.1 4"), reply[:80])
            with server.connect() as peer:
                peer.sendall(b"GET /heal")
            self.assertIn(b" 200 OK\r\n", exchange(server, REQUEST))
            wait_until(lambda: server.descriptors() == idle, "connections closed")

    def test_answer_arrives_though_more_was_sent(self):
        with Server() as server:
            reply = exchange(server, REQUEST + b"x" * 30000)
            self.assertIn(b" 200 OK\r\n", reply)
            self.assertTrue(reply.endswith(b"}\n"))

    def test_what_is_sent_after_the_answer_is_bounded(self):
        with Server() as server, server.connect() as peer:
            peer.sendall(REQUEST)
            self.assertIn(b" 200 OK\r\n", read_all(peer))
            end = time.monotonic() + DEADLINE_S
            with self.assertRaises((BrokenPipeError, ConnectionResetError)):
                while time.monotonic() < end:
                    peer.sendall(b"x" * 65536)


if __name__ == "__main__":
    unittest.main(verbosity=2)
