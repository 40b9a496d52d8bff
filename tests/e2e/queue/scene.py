"""What the tests of the queue share: nats-servers on loopback ports, feeders, workers that run
nothing (tests/support/queue/worker.py), and the queue as JetStream's own API shows it."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import ends  # noqa: E402,F401
from slowness import DEADLINE_S, SLOWNESS, wait_until  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.join(HERE, "..", "..", "..")
BINARIES = os.path.dirname(os.environ.get(
    "BAILIFF", os.path.join(SOURCE, "build", "bin", "bailiff")))
FEEDER = os.environ.get("BAILIFF_FEEDER", os.path.join(BINARIES, "bailiff-feeder"))
WORKER = os.path.join(SOURCE, "tests", "support", "queue", "worker.py")
STORAGE = "  max_file_store: 100GB\n"  # what may be stored, whatever the disk: a guest's is small


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


class Nats:
    """A connection that speaks NATS' own protocol, for looking at a queue from outside of it."""

    def __init__(self, port, timeout_s=DEADLINE_S):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout_s)
        self.file = self.socket.makefile("rb")
        self.count = 0
        try:
            self.introduce()
        except BaseException:
            self.close()
            raise

    def introduce(self):
        self.file.readline()
        self.inbox = f"_TEST.{os.getpid()}.{self.socket.getsockname()[1]}"
        self.socket.sendall(b'CONNECT {"verbose":false,"headers":true,"no_responders":true}\r\n')
        self.listen(self.inbox + ".>")

    def close(self):
        self.file.close()
        self.socket.close()

    def form(self, subject, payload, headers):
        """A request's bytes, and where its answer comes."""
        self.count += 1
        reply = f"{self.inbox}.{self.count}"
        if not headers:
            return f"PUB {subject} {reply} {len(payload)}\r\n".encode() + payload + b"\r\n", reply
        head = ("NATS/1.0\r\n" + "".join(f"{k}: {v}\r\n" for k, v in headers.items())
                + "\r\n").encode()
        start = f"HPUB {subject} {reply} {len(head)} {len(head) + len(payload)}\r\n".encode()
        return start + head + payload + b"\r\n", reply

    def ask(self, subject, payload=b"", headers=None):
        """The answer to a request: (headers as text, payload)."""
        if isinstance(payload, dict):
            payload = json.dumps(payload).encode()
        request, reply = self.form(subject, payload, headers)
        self.socket.sendall(request)
        while True:
            to, head, data = self.read()
            if to == reply:
                return head.decode(), data

    def read(self):
        """The next message: its subject, its headers, its payload."""
        while True:
            words = self.file.readline().split()
            if not words:
                raise ConnectionError("the server has gone")
            if words[0] == b"PING":
                self.socket.sendall(b"PONG\r\n")
            elif words[0] in (b"MSG", b"HMSG"):
                data = self.file.read(int(words[-1]))
                self.file.read(2)
                head = int(words[-2]) if words[0] == b"HMSG" else 0
                return words[1].decode(), data[:head], data[head:]

    def listen(self, subject):
        self.count += 1
        self.socket.sendall(f"SUB {subject} {self.count}\r\nPING\r\n".encode())
        while (line := self.file.readline()) != b"PONG\r\n":
            if not line:
                raise ConnectionError("the server has gone")

    def hear(self):
        """The payload of the next message that was listened for."""
        return self.read()[2]

    def ask_json(self, subject, payload=b""):
        return json.loads(self.ask("$JS.API." + subject, payload)[1])

    def publish(self, subject, payload, headers=None):
        return json.loads(self.ask(subject, payload, headers)[1])

    def publish_all(self, messages):
        """Many, (subject, payload, headers) each, without waiting between two; all are stored."""
        self.socket.sendall(b"".join(self.form(*message)[0] for message in messages))
        for _ in messages:
            if b"error" in self.hear():
                raise ValueError("a message was not stored")

    def count_of(self, stream):
        return self.ask_json(f"STREAM.INFO.{stream}")["state"]["messages"]

    def last(self, stream, subject):
        """(headers, payload) of a subject's last message, or None."""
        head, data = self.ask(f"$JS.API.DIRECT.GET.{stream}", {"last_by_subj": subject})
        return None if head.startswith("NATS/1.0 4") else (head, data)

    def subjects(self, stream, filter_):
        info = self.ask_json(f"STREAM.INFO.{stream}", {"subjects_filter": filter_})
        return info["state"].get("subjects") or {}


class Scene(unittest.TestCase):
    """A folder, one nats-server with the queue in it, and whatever a test starts; all of it is gone
    afterwards."""

    server_extra = ""
    messages = None

    @classmethod
    def setUpClass(cls):
        cls.messages = tempfile.TemporaryDirectory(prefix="bailiff-queue-")
        protos = os.path.join(SOURCE, "proto")
        subprocess.run(["protoc", f"-I{protos}", f"--python_out={cls.messages.name}",
                        *(f"bailiff/v1/{name}.proto" for name in ("job", "result", "executor"))],
                       cwd=protos, check=True)
        sys.path.insert(0, cls.messages.name)

    @classmethod
    def tearDownClass(cls):
        sys.path.remove(cls.messages.name)
        cls.messages.cleanup()

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="bailiff-queue-")
        self.addCleanup(self.folder.cleanup)
        self.started = []
        self.addCleanup(self.stop_all)
        self.port = free_ports(1)[0]
        self.set_up_scene()

    def set_up_scene(self):
        """A server that lets everybody in, with the queue."""
        self.server = self.start_server()
        self.nats = Nats(self.port)
        self.addCleanup(lambda: self.nats.close())
        self.queue("init")

    # ---- processes

    def start(self, *command, log="log", **environment):
        with open(os.path.join(self.folder.name, log), "ab") as output:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output,
                                       stderr=output, env={**os.environ, **environment})
        self.started.append(process)
        return process

    def stop_all(self):
        for process in self.started:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
            process.wait()

    def log(self, name):
        with open(os.path.join(self.folder.name, name), encoding="utf-8") as file:
            return file.read()

    def start_server(self):
        path = os.path.join(self.folder.name, "nats.conf")
        with open(path, "w", encoding="ascii") as file:
            file.write(f"listen: 127.0.0.1:{self.port}\n"
                       f"jetstream {{\n  store_dir: {self.folder.name}/nats\n{STORAGE}}}\n"
                       f"{self.server_extra}\n")
        process = self.start("nats-server", "-c", path, log="nats.log")
        wait_until(self.reaches_server, "the nats-server answers")
        return process

    def reaches_server(self):
        """It greets whoever connects, before it asks who that is."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=DEADLINE_S) as end:
                return end.recv(5) == b"INFO "
        except OSError:
            return False

    def start_worker(self, name="w", slots=2):
        socket_path = os.path.join(self.folder.name, name + ".sock")
        process = self.start("/usr/bin/python3", "-B", WORKER, socket_path, self.messages.name,
                             str(slots), self.runs(name), log=name + ".log")
        wait_until(lambda: os.path.exists(socket_path) or process.poll() is not None,
                   "the worker listens")
        return process

    def start_feeder(self, name="w", servers=None, **keys):
        settings = {"worker": f"unix:{self.folder.name}/{name}.sock", "name": name,
                    "look": "200ms", "ahead": 2, "ack_wait": "3s", "log": "debug",
                    **keys}
        path = os.path.join(self.folder.name, name + ".yaml")
        with open(path, "w", encoding="ascii") as file:
            file.write(f"servers: {json.dumps(servers or [f'nats://127.0.0.1:{self.port}'])}\n")
            file.writelines(f"{key}: {json.dumps(value)}\n" for key, value in settings.items())
        return self.start(FEEDER, "--config", path,
                          log=name + "-feeder.log")

    def queue(self, *words, fails=False, stdin=""):
        """`bailiff queue ...`: what it printed, or complained of where it is to fail."""
        done = subprocess.run(
            [os.path.join(BINARIES, "bailiff"), "queue", *words], text=True, input=stdin,
            capture_output=True, timeout=DEADLINE_S, check=False,
            env={**os.environ, "BAILIFF_QUEUE": f"nats://127.0.0.1:{self.port}"})
        self.assertEqual(done.returncode != 0, fails, done.stderr + done.stdout)
        return done.stderr if fails else done.stdout

    # ---- jobs

    def job(self, id_, tenant="t", **fields):
        from bailiff.v1 import job_pb2
        do = fields.pop("do", None)
        job = job_pb2.Job(id=id_, tenant=tenant, **fields)
        if do:
            job.labels.add(key="do", value=do)
        job.steps.add(name="run").commands.add(argv=["/bin/true"])
        return job

    def submit(self, id_, tenant="t", class_="normal", nats=None, **fields):
        return (nats or self.nats).publish(
            f"jobs.{tenant}.{class_}", self.job(id_, tenant, **fields).SerializeToString(),
            {"Nats-Msg-Id": f"{tenant}.{id_}"})

    def runs(self, name="w"):
        return os.path.join(self.folder.name, name + ".runs")

    def ran(self, name="w"):
        try:
            with open(self.runs(name), encoding="ascii") as file:
                return file.read().split()
        except FileNotFoundError:
            return []

    def result(self, id_, tenant="t", deadline_s=DEADLINE_S):
        from bailiff.v1 import result_pb2
        _, data = wait_until(lambda: self.nats.last("RESULTS", f"results.{tenant}.{id_}"),
                             f"the result of {id_}\n{self.all_logs()}", deadline_s)
        return result_pb2.JobResult.FromString(data)

    def listen(self, subject):
        """A connection that hears what is published there from now on."""
        nats = Nats(self.port)
        self.addCleanup(nats.close)
        nats.listen(subject)
        return nats

    def await_empty(self):
        """Everything was acknowledged."""
        wait_until(lambda: self.nats.count_of("JOBS") == 0, "the queue is empty")

    def all_logs(self):
        return "\n".join(self.log(name) for name in sorted(os.listdir(self.folder.name))
                         if name.endswith("feeder.log"))
