"""What the tests of bailiffd share: a configuration, a running bailiffd, what it logs and tells.

BAILIFFD names the program (CTest sets it). It needs root, as bailiffd does.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

import grpc

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "rpc"))
from echo import DEADLINE_S, OPTIONS, make_certificates, wait_until  # noqa: E402,F401

BAILIFFD = os.environ.get(
    "BAILIFFD",
    os.path.join(os.path.dirname(__file__), "..", "..", "..", "build", "bin", "bailiffd"))
SERVING = b"\x08\x01"  # grpc.health.v1.HealthCheckResponse{status: SERVING}

ROOT = os.geteuid() == 0


def need_root():
    if not ROOT and os.environ.get("BAILIFF_MUST_ISOLATE") == "1":
        raise AssertionError("bailiffd needs root")
    return unittest.skipUnless(ROOT, "bailiffd needs root")


class Bailiffd:
    """A running bailiffd. Its log is read all the time, so that it never waits for us."""

    def __init__(self, *args, wrapper=(), **popen):
        self.lines = []
        self.process = subprocess.Popen(
            [*wrapper, BAILIFFD, *args], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True, **popen)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stderr:
            self.lines.append(line.rstrip("\n"))

    @property
    def pid(self):
        return self.process.pid

    def has_logged(self, pattern):
        return any(re.search(pattern, line) for line in list(self.lines))

    def await_line(self, pattern):
        """Waits for a line of the log; where the process ends before it, fails with all lines."""
        def look():
            if self.has_logged(pattern):
                return True
            if self.process.poll() is not None and not self.reader.is_alive():
                raise AssertionError(f"ended with {self.process.returncode} before {pattern!r}:\n"
                                     + "\n".join(self.lines))
            return False
        wait_until(look, f"{pattern!r} in the log")

    def finish(self):
        """Its exit status, with the whole log read."""
        status = self.process.wait(timeout=DEADLINE_S)
        self.reader.join(timeout=DEADLINE_S)
        self.process.stderr.close()
        return status

    def warden(self):
        """The pid of its warden: its only child."""
        with open(f"/proc/{self.pid}/task/{self.pid}/children", encoding="ascii") as file:
            children = file.read().split()
        return int(children[0]) if children else None


class DaemonTest(unittest.TestCase):
    """Has a folder of its own; a bailiffd that it starts must end at the test's end."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="bailiffd-")
        os.chmod(self.folder, 0o755)  # it is another user's, too
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.socket = self.path("rpc.sock")
        self.notified = []

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text, mode=0o644):
        with open(self.path(name), "w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), mode)
            file.write(text)
        return self.path(name)

    def config(self, text=""):
        """The configuration's file: its state in our folder, and `text`, whose keys win."""
        own = {"listen": f"[\"unix:{self.socket}\"]",
               "state": f"{{directory: {self.path('state')}, spool_size: 16MiB}}"}
        lines = [f"{key}: {value}" for key, value in own.items()
                 if not re.search(f"^{key}:", text, re.MULTILINE)]
        return self.write("bailiffd.yaml", "\n".join([*lines, text, ""]))

    def start(self, text="", **popen):
        """Started and serving."""
        daemon = self.launch(self.config(text), **popen)
        daemon.await_line(r"msg=serving\b")
        return daemon

    def launch(self, path, **popen):
        daemon = Bailiffd("--config", path, **popen)
        self.addCleanup(self.kill, daemon)
        return daemon

    @staticmethod
    def kill(daemon):
        if daemon.process.poll() is None:
            daemon.process.kill()
        daemon.finish()

    def stop(self, daemon):
        daemon.process.send_signal(signal.SIGTERM)
        self.assertEqual(daemon.finish(), 0, "\n".join(daemon.lines))

    def channel(self, address=None, credentials=None):
        address = address or "unix:" + self.socket
        channel = grpc.secure_channel(address, credentials, OPTIONS) if credentials else \
            grpc.insecure_channel(address, OPTIONS)
        self.addCleanup(channel.close)
        return channel

    @staticmethod
    def health(channel, token=None):
        """What grpc.health.v1 answers for the whole server."""
        metadata = [("authorization", "Bearer " + token)] if token else None
        return channel.unary_unary("/grpc.health.v1.Health/Check")(
            b"", timeout=DEADLINE_S, metadata=metadata)

    def notify_socket(self):
        """A service manager's end of sd_notify: messages come into self.notified."""
        end = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        end.bind(self.path("notify"))
        self.addCleanup(end.close)

        def read():
            while True:
                try:
                    message = end.recv(4096)
                except OSError:
                    return
                if not message:
                    return
                self.notified.append(message.decode())
        threading.Thread(target=read, daemon=True).start()
        return self.path("notify")


def is_alive(pid):
    """Neither gone nor a zombie."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]
