"""Stock clients of two languages pass the same suite over every transport, against bailiffd:
cases.json lists it, clients.py and clients.js carry it out.

One worker serves the Unix socket, plain TCP and TLS with tokens; another one TLS with certificates
of clients. Both know the clients of one transport and those of the others as the same tenant, so that
the job of two thousand results runs once for each worker, and is told to all. The drain has a
worker of its own each time.
"""

import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
TREE = os.path.normpath(os.path.join(HERE, "..", "..", ".."))
EXAMPLES = os.path.join(TREE, "docs", "examples", "clients")
sys.path[:0] = [os.path.join(HERE, "..", name) for name in ("daemon", "rpc", "site")]

from bailiffd import DEADLINE_S, ROOT, Bailiffd, make_certificates, need_root  # noqa: E402
from served import GENERATED  # noqa: E402
from test_rpc_node import FOLDER, install  # noqa: E402

TOKEN = "stock-clients-token"
TENANT = "uid-0"  # whom root is by the Unix socket
SUBJECT = "CN=client,O=judge"
CERTIFIED = "cert-" + hashlib.sha256(SUBJECT.encode()).hexdigest()[:32]
PLAN = os.path.join(HERE, "cases.json")
SUITE_S = 600
REFUSED = {
    "unix": [],
    "tcp": [{"with": {"token": word}, "status": "UNAUTHENTICATED"}
            for word in ("", TOKEN[:-1], TOKEN + "x")],
    "mtls": [{"with": {"certificate": None, "key": None}, "status": "UNAVAILABLE"},
             {"with": {"certificate": "other.pem", "key": "other.key"}, "status": "UNAVAILABLE"},
             {"with": {"certificate": "stranger.pem", "key": "stranger.key"},
              "status": "UNAUTHENTICATED"},
             {"with": {"authority": "other.pem"}, "status": "UNAVAILABLE"}],
}
REFUSED["tls"] = REFUSED["tcp"] + [{"with": {"authority": "other.pem"}, "status": "UNAVAILABLE"}]


def free_ports(count):
    socks = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [sock.getsockname()[1] for sock in socks]
    for sock in socks:
        sock.close()
    return ports


class Worker:
    """A bailiffd for some transports, in a folder with certificates."""

    def __init__(self, folder, transports):
        self.folder, self.own = folder, tempfile.mkdtemp(prefix="worker-", dir=folder)
        os.chmod(self.own, 0o755)
        ports = dict(zip(transports, free_ports(len(transports))))
        self.addresses = {kind: f"127.0.0.1:{port}" for kind, port in ports.items()}
        if "unix" in transports:
            self.addresses["unix"] = "unix:" + os.path.join(self.own, "rpc.sock")
        with open(self.own + "/tokens", "w", encoding="ascii") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(f"{TOKEN} {TENANT}\n")
        listen = [("tls:" if kind.endswith("tls") else "") + address
                  for kind, address in self.addresses.items()]
        self.write_config({
            "listen": json.dumps(listen),
            "user": "nobody",
            "tls": "{certificate: %s, key: %s, client_authority: \"%s\"}" % (
                self.path("server.pem"), self.path("server.key"),
                self.path("ca.pem") if "mtls" in transports else ""),
            "access": "{tokens: %s, subjects: [\"%s\"]}" % (
                self.own + "/tokens", SUBJECT),
            "state": f"{{directory: {self.own}/state, spool_size: 64MiB}}",
            "resources": "{worker_cores: 0, share_cores: true, slots: 2}",
        })
        self.daemon = Bailiffd("--config", self.own + "/bailiffd.yaml")
        self.daemon.await_line(r"msg=serving\b")

    def write_config(self, sections):
        with open(self.own + "/bailiffd.yaml", "w", encoding="ascii") as file:
            file.writelines(f"{key}: {value}\n" for key, value in sections.items())

    def path(self, name):
        return os.path.join(self.folder, name)

    def place(self, kind, cases):
        """What the client program is told."""
        def full(changes):
            return {key: self.path(value) if value and key != "token" else value
                    for key, value in changes.items()}
        return {
            "address": self.addresses[kind], "pid": self.daemon.pid, "cases": cases, "plan": PLAN,
            "proto": os.path.join(TREE, "proto"),
            "authority": self.path("ca.pem") if kind.endswith("tls") else None,
            "certificate": self.path("client.pem") if kind == "mtls" else None,
            "key": self.path("client.key") if kind == "mtls" else None,
            "token": TOKEN if kind in ("tcp", "tls") else "",
            "tenant": CERTIFIED if kind == "mtls" else TENANT,
            "refused": [dict(one, **{"with": full(one["with"])}) for one in REFUSED[kind]],
        }

    def end(self, is_told=True):
        """It drains, or has been told to, and leaves with 0."""
        if is_told and self.daemon.process.poll() is None:
            self.daemon.process.terminate()
        try:
            return self.daemon.finish()
        except subprocess.TimeoutExpired:
            self.daemon.process.kill()
            raise


@need_root()
class Stock(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="bailiff-stock-")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        os.chmod(cls.folder, 0o755)
        make_certificates(cls.folder, clients=("client", "stranger"))
        with open(PLAN, encoding="utf-8") as file:
            cls.names = json.load(file)["cases"]
        cls.workers = {}
        cls.addClassCleanup(cls.end_workers)

    @classmethod
    def end_workers(cls):
        ends = [worker.end() for worker in set(cls.workers.values())]
        if any(ends):
            raise AssertionError(f"exit statuses: {ends}")

    def worker(self, kind):
        if kind not in self.workers:
            kinds = ("mtls",) if kind == "mtls" else ("unix", "tcp", "tls")
            self.workers.update(dict.fromkeys(kinds, Worker(self.folder, kinds)))
        return self.workers[kind]

    def try_cases(self, command, worker, kind, cases):
        place = os.path.join(worker.own, "place.json")
        with open(place, "w", encoding="utf-8") as file:
            json.dump(worker.place(kind, cases), file)
        done = subprocess.run([*command, place], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=SUITE_S)
        told = [line.replace(" | ", "\n") for line in done.stdout.splitlines()]
        self.assertEqual(told, [name + " ok" for name in cases], "\n".join(
            [*told, done.stderr, *worker.daemon.lines[-20:]]))
        self.assertEqual(done.returncode, 0, done.stderr)

    def passes(self, command, kind):
        self.try_cases(command, self.worker(kind), kind,
                       [name for name in self.names if name != "drain"])
        worker = Worker(self.folder, (kind,))
        self.addCleanup(worker.end)
        self.try_cases(command, worker, kind, ["drain"])
        self.assertEqual(worker.end(is_told=False), 0, worker.daemon.lines)

    def python(self, kind):
        self.passes([sys.executable, "-B", os.path.join(HERE, "clients.py")], kind)

    def have_node(self, name):
        """The library, and a program beside it."""
        install()
        source = os.path.join(HERE if name == "clients.js" else EXAMPLES, name)
        shutil.copy(source, FOLDER)

    def node(self, kind):
        self.have_node("clients.js")
        self.passes(["node", os.path.join(FOLDER, "clients.js")], kind)

    def judges(self, command):
        """The example of docs/clients.md, where a token or certificates are needed."""
        folder = tempfile.mkdtemp(prefix="judge-", dir=self.folder)
        for name, text in (("right.c", "#include <stdio.h>\nint main(void)\n{ puts(\"5\"); }\n"),
                           ("1.in", ""), ("1.ans", "5\n"), ("token", TOKEN + "\n")):
            with open(os.path.join(folder, name), "w", encoding="ascii") as file:
                file.write(text)
        for kind in ("tcp", "tls", "mtls"):
            with self.subTest(kind):
                worker = self.worker(kind)
                place = worker.place(kind, [])
                options = [word for option, key in (("--ca", "authority"), ("--key", "key"),
                                                    ("--certificate", "certificate"))
                           if place[key] for word in (option, place[key])]
                done = {}
                for own in ([], ["--token", os.path.join(folder, "token")]):
                    done[len(own)] = subprocess.run(
                        [command[0], *command[1:-1], *options, *own, *command[-1],
                         worker.addresses[kind], "c", os.path.join(folder, "right.c"), folder],
                        stdin=subprocess.DEVNULL, capture_output=True, text=True,
                        timeout=DEADLINE_S, env=dict(os.environ, PYTHONPATH=GENERATED))
                self.assertEqual(done[2].returncode, 0, done[2].stdout + done[2].stderr)
                self.assertEqual(done[0].returncode, 0 if kind == "mtls" else 2, done[0].stderr)

    def test_python_example(self):
        self.judges([sys.executable, "-B", os.path.join(EXAMPLES, "judge.py"), []])

    def test_node_example(self):
        self.have_node("judge.js")
        self.judges(["node", os.path.join(FOLDER, "judge.js"), [os.path.join(TREE, "proto")]])

    def test_python_unix(self):
        self.python("unix")

    def test_python_tcp(self):
        self.python("tcp")

    def test_python_tls(self):
        self.python("tls")

    def test_python_mtls(self):
        self.python("mtls")

    def test_node_unix(self):
        self.node("unix")

    def test_node_tcp(self):
        self.node("tcp")

    def test_node_tls(self):
        self.node("tls")

    def test_node_mtls(self):
        self.node("mtls")


if __name__ == "__main__":
    unittest.main()
