"""The machines of a cluster on this one: three nats-servers that form a cluster, and workers
(bailiffd), each with its feeder. All of them can be killed, and come up again."""

import http.client
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "e2e", "queue"))
from scene import BINARIES, STORAGE, Nats, Scene, free_ports, wait_until  # noqa: E402

NODES, WORKERS, LANES = 3, 3, 3
PATIENCE_S = 600  # a machine may be busy with much else


class Machines(Scene):
    """Nodes n0 to n2, machines w0 to w2 (a worker and a feeder each), tenants t0 to t2."""

    ack_wait, tries = "12s", 8

    def set_up_scene(self):
        os.chmod(self.folder.name, 0o755)  # it is the workers' user's, too
        self.workers, self.feeders = {}, {}
        self.done_before, self.done_last = {}, {}
        self.addCleanup(self.hang_up)
        self.addCleanup(self.end_workers)
        ports = free_ports(2 * NODES)
        self.ports, self.routes = ports[:NODES], ports[NODES:]
        self.port, self.nats = self.ports[0], None
        self.servers = [self.start_node(i) for i in range(NODES)]
        wait_until(self.reaches_cluster, "the cluster has a leader", PATIENCE_S)
        wait_until(self.init_queue, "the queue is made", PATIENCE_S)
        for i in range(WORKERS):
            self.start_machine(f"w{i}")

    # ---- nodes

    def start_node(self, i):
        path = os.path.join(self.folder.name, f"n{i}.conf")
        routes = ", ".join(f'"nats://127.0.0.1:{port}"' for port in self.routes)
        with open(path, "w", encoding="ascii") as file:
            file.write(f"server_name: n{i}\nlisten: 127.0.0.1:{self.ports[i]}\n"
                       f"jetstream {{\n  store_dir: {self.folder.name}/n{i}\n{STORAGE}}}\n"
                       f"cluster {{\n  name: c\n  listen: 127.0.0.1:{self.routes[i]}\n"
                       f"  routes: [{routes}]\n}}\n")
        return self.start("nats-server", "-c", path, log=f"n{i}.log")

    def init_queue(self):
        done = subprocess.run(
            [os.path.join(BINARIES, "bailiff"), "queue", "init", "--replicas=3",
             f"--queue=nats://127.0.0.1:{self.port}"], capture_output=True, check=False)
        return done.returncode == 0

    def reaches_cluster(self):
        try:
            nats = self.any_node()
            answer = nats.ask_json("INFO")
            nats.close()
            return "error" not in answer
        except (OSError, ValueError):
            return False

    def any_node(self):
        """A connection to some node that answers; a stopped one takes connections and is silent."""
        for port in random.sample(self.ports, NODES):
            try:
                return Nats(port, 3)
            except OSError:
                continue
        raise ConnectionError("no node answers")

    def asking(self, question):
        """question(nats), asked of one node after the other until one answers."""
        def attempt():
            try:
                if self.nats is None:
                    self.nats = self.any_node()
                return [question(self.nats)]
            except (OSError, ValueError, KeyError):
                self.hang_up()
                return None
        return wait_until(attempt, "some node answers", PATIENCE_S)[0]

    def hang_up(self):
        if self.nats:
            self.nats.close()
        self.nats = None

    def count(self, stream):
        return self.asking(lambda nats: nats.count_of(stream))

    def leader(self, consumer=None):
        what = f"CONSUMER.INFO.JOBS.{consumer}" if consumer else "STREAM.INFO.JOBS"
        return int(self.asking(lambda nats: nats.ask_json(what)["cluster"]["leader"])[1:])

    def leader_of_both(self):
        """A node that leads the stream of jobs, and a consumer of it as well: made so by asking the
        consumers' leaders to step down until it is."""
        def attempt():
            leader = self.leader()
            lanes = [f"t{i}_normal" for i in range(LANES)]
            if any(self.leader(lane) == leader for lane in lanes):
                return [leader]
            self.asking(lambda nats: nats.ask_json(
                f"CONSUMER.LEADER.STEPDOWN.JOBS.{random.choice(lanes)}"))
            return None
        return wait_until(attempt, "one node leads stream and consumer", PATIENCE_S)[0]

    # ---- workers and feeders

    def start_machine(self, name):
        self.workers[name] = self.start_worker(name)
        self.feeders[name] = self.start_feeder(name)

    def start_worker(self, name="w", slots=2):
        path = os.path.join(self.folder.name, f"{name}.bailiffd.yaml")
        with open(path, "w", encoding="ascii") as file:
            file.write(
                f"listen: [\"unix:{self.folder.name}/{name}.sock\"]\n"
                f"http: unix:{self.folder.name}/{name}.http\n"
                f"state: {{directory: {self.folder.name}/{name}.state, store_size: 256MiB, "
                "spool_size: 64MiB}\nuser: nobody\npool: {spares: 2}\n"
                f"resources: {{worker_cores: 0, share_cores: true, slots: {slots}, "
                "memory: 2GiB}\n")
        served = self.served(name)
        worker = self.start(os.path.join(BINARIES, "bailiffd"), "--config", path,
                            log=name + ".log")
        wait_until(lambda: self.served(name) > served or worker.poll() is not None,
                   "the worker serves", PATIENCE_S)
        self.assertIsNone(worker.poll(), self.tail(name + ".log"))
        return worker

    def start_feeder(self, name="w", servers=None, **keys):
        return super().start_feeder(
            name, servers or [f"nats://127.0.0.1:{port}" for port in self.ports],
            **{"ack_wait": self.ack_wait, "tries": self.tries, "sweep": "5s", "log": "info", **keys})

    def served(self, name):
        path = os.path.join(self.folder.name, name + ".log")
        return self.log(name + ".log").count("msg=serving") if os.path.exists(path) else 0

    def tail(self, log):
        return "\n".join(self.log(log).splitlines()[-20:])

    def end_workers(self):
        """In peace, so that nothing of them is left."""
        alive = [worker for worker in self.workers.values() if worker.poll() is None]
        for worker in alive:
            worker.terminate()
        for worker in alive:
            worker.wait(PATIENCE_S)

    def jobs_done(self, name):
        """How many jobs a machine's worker has run to their end, over all its lives, as its metrics
        say; a life's last jobs may be missing."""
        end = socket.socket(socket.AF_UNIX)
        end.settimeout(2)
        try:
            end.connect(f"{self.folder.name}/{name}.http")
            asked = http.client.HTTPConnection("worker")
            asked.sock = end
            asked.request("GET", "/metrics")
            found = re.search(r'^bailiff_jobs_total\{end="COMPLETED"\} (\d+)',
                              asked.getresponse().read().decode(), re.MULTILINE)
            self.done_last[name] = int(found.group(1))
        except (OSError, http.client.HTTPException, AttributeError):
            pass  # it is dead, or not yet born
        finally:
            end.close()
        return self.done_before.get(name, 0) + self.done_last.get(name, 0)

    # ---- deaths; each returns how it is undone

    def note(self, text):
        """What happens; the ledger tells it."""

    def kill(self, process, what):
        self.note(f"kill -9 {what}")
        process.kill()
        process.wait()

    def kill_node(self, i, why):
        self.kill(self.servers[i], f"n{i} ({why})")
        return lambda: self.servers.__setitem__(i, self.start_node(i))

    def stop_node(self, i, why):
        self.note(f"SIGSTOP n{i} ({why})")
        self.servers[i].send_signal(signal.SIGSTOP)
        return lambda: self.servers[i].send_signal(signal.SIGCONT)

    def kill_worker(self, name):
        self.jobs_done(name)
        self.kill(self.workers[name], f"worker {name}")
        self.done_before[name] = self.done_before.get(name, 0) + self.done_last.pop(name, 0)
        return lambda: self.workers.__setitem__(name, self.start_worker(name))

    def kill_feeder(self, name):
        self.kill(self.feeders[name], f"feeder {name}")
        return lambda: self.feeders.__setitem__(name, self.start_feeder(name))

    def state_of(self, process):
        if process.poll() is not None:
            return "dead"
        with open(f"/proc/{process.pid}/stat", encoding="ascii") as file:
            return "hung" if file.read().rpartition(")")[2].split()[0] == "T" else "up"

    @staticmethod
    def now():
        return time.monotonic()
