"""What the tests of executor/rpc share: a running rpc_echo_server, certificates, and channels to it.

RPC_ECHO_SERVER names the program (CTest sets it). Its methods: tests/support/rpc/echo_methods.h.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

import grpc

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import ends  # noqa: E402,F401
from slowness import DEADLINE_S, wait_until  # noqa: E402

SERVER = os.environ.get(
    "RPC_ECHO_SERVER",
    os.path.join(os.path.dirname(__file__), "..", "..", "..", "build", "tests", "rpc_echo_server"))
OPTIONS = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1),
           ("grpc.enable_http_proxy", 0), ("grpc.use_local_subchannel_pool", 1)]

FAILED_HANDSHAKE = 'level=info msg="a TLS handshake failed" peer=127.0.0.1:'


def make_certificates(folder, clients=("client",)):
    """ca, server and clients: NAME.pem and NAME.key; other: a client's that nobody vouches for."""
    def openssl(*args):
        subprocess.run(["openssl", *args], cwd=folder, check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, timeout=DEADLINE_S)
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    for name in ("ca", "other"):
        openssl("req", "-x509", *key, "-keyout", name + ".key", "-out", name + ".pem",
                "-subj", "/CN=" + name, "-days", "2")
    with open(os.path.join(folder, "san"), "w", encoding="ascii") as file:
        file.write("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    for name in ("server", *clients):
        openssl("req", *key, "-keyout", name + ".key", "-out", name + ".csr",
                "-subj", "/O=judge/CN=" + name)
        openssl("x509", "-req", "-in", name + ".csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                "-CAcreateserial", "-out", name + ".pem", "-days", "2", "-extfile", "san")


class Server:
    """A running server: addresses, and the end of it."""

    def __init__(self, *args, **popen):
        self.process = subprocess.Popen([SERVER, *args], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, **popen)
        count = sum(1 for arg in args if arg.startswith(("unix:", "127.", "[", "fd:")))
        self.addresses = [self.process.stdout.readline().decode().strip() for _ in range(count)]

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def finish(self):
        """Its exit status and what it said on standard error."""
        _, err = self.process.communicate(timeout=DEADLINE_S)
        return self.process.returncode, err.decode()


class EchoTest(unittest.TestCase):
    """Has a folder of its own; servers that it starts must drain and leave with 0 at the end."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="bailiff-rpc-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def start(self, *args, **popen):
        server = Server(*args, **popen)
        self.addCleanup(self.stop, server)
        return server

    def stop(self, server):
        if server.process.returncode is None:
            server.terminate()
            try:
                status, err = server.finish()
                unasked = [line for line in err.splitlines() if FAILED_HANDSHAKE not in line]
                self.assertEqual((status, unasked), (0, []))
            except subprocess.TimeoutExpired:
                server.process.kill()
                raise

    def start_on(self, kind, *args):
        """A server reached in one of the KINDS, and a channel to it."""
        if kind in ("tls", "mtls") and not os.path.exists(self.path("ca.pem")):
            make_certificates(self.folder)
        if kind == "unix":
            server = self.start(*args, "unix:" + self.path("socket"))
        elif kind == "tcp":
            server = self.start(*args, "127.0.0.1:0")
        else:
            authority = ["--authority", self.path("ca.pem")] if kind == "mtls" else []
            server = self.start(*args, "--tls", self.path("server.pem"), self.path("server.key"),
                                *authority, "127.0.0.1:0")
        return server, self.channel(kind, server.addresses[0])

    def channel(self, kind, address, certificate="client"):
        if kind in ("unix", "tcp"):
            channel = grpc.insecure_channel(address, OPTIONS)
        else:
            def read(name):
                with open(self.path(name), "rb") as file:
                    return file.read()
            own = (read(certificate + ".key"), read(certificate + ".pem")) \
                if kind == "mtls" and certificate else (None, None)
            channel = grpc.secure_channel(
                address, grpc.ssl_channel_credentials(read("ca.pem"), *own), OPTIONS)
        self.addCleanup(channel.close)
        return channel


KINDS = ("unix", "tcp", "tls", "mtls")


def unary(channel, method, message=b"", timeout=DEADLINE_S, **options):
    return channel.unary_unary("/test.Echo/" + method)(message, timeout=timeout, **options)


def state(channel):
    """What the server says about itself, as a dict of texts."""
    lines = unary(channel, "State").decode().splitlines()
    return dict(line.split("=", 1) for line in lines)
