"""Servers, feeders and workers to measure the queue with, and what the servers say of themselves."""

import http.client
import json
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "tests", "e2e", "queue"))
from scene import BINARIES, STORAGE, Nats, Scene, free_ports, wait_until  # noqa: E402,F401

PATIENCE_S = 600
TICKS = os.sysconf("SC_CLK_TCK")


class Rig(Scene):
    """`nodes` nats-servers with the queue, as many replicas; monitored."""

    nodes = 3

    def runTest(self):
        pass

    def set_up_scene(self):
        ports = free_ports(3 * self.nodes)
        self.ports, self.routes = ports[:self.nodes], ports[self.nodes:2 * self.nodes]
        self.monitors = ports[2 * self.nodes:]
        self.port = self.ports[0]
        self.servers = [self.start_node(i) for i in range(self.nodes)]
        wait_until(self.is_ready, "the queue is made", PATIENCE_S)
        self.nats = Nats(self.port, PATIENCE_S)
        self.addCleanup(self.nats.close)

    def start_node(self, i):
        path = os.path.join(self.folder.name, f"n{i}.conf")
        routes = ", ".join(f'"nats://127.0.0.1:{port}"' for port in self.routes)
        cluster = (f"cluster {{\n  name: c\n  listen: 127.0.0.1:{self.routes[i]}\n"
                   f"  routes: [{routes}]\n}}\n") if self.nodes > 1 else ""
        with open(path, "w", encoding="ascii") as file:
            file.write(f"server_name: n{i}\nlisten: 127.0.0.1:{self.ports[i]}\n"
                       f"http: 127.0.0.1:{self.monitors[i]}\n"
                       f"jetstream {{\n  store_dir: {self.folder.name}/n{i}\n{STORAGE}}}\n{cluster}")
        return self.start("nats-server", "-c", path, log=f"n{i}.log")

    def is_ready(self):
        try:
            self.queue("init", f"--replicas={self.nodes}")
            return True
        except AssertionError:
            return False

    def addresses(self):
        return [f"nats://127.0.0.1:{port}" for port in self.ports]

    # ---- what was used

    def ask_monitor(self, i, page):
        asked = http.client.HTTPConnection("127.0.0.1", self.monitors[i], timeout=PATIENCE_S)
        asked.request("GET", page)
        answer = json.loads(asked.getresponse().read())
        asked.close()
        return answer

    def usage_of(self, i):
        """CPU seconds, and bytes given to write(2), of one server; messages and bytes of its clients
        and of its routes to other servers."""
        with open(f"/proc/{self.servers[i].pid}/stat", encoding="ascii") as file:
            fields = file.read().rpartition(")")[2].split()
        with open(f"/proc/{self.servers[i].pid}/io", encoding="ascii") as file:
            io = dict(line.split(": ") for line in file.read().splitlines())
        used = {"cpu_s": (int(fields[11]) + int(fields[12])) / TICKS,
                "disk_bytes": int(io["write_bytes"]), "at_s": time.monotonic()}
        for who, page, rows in (("client", "/connz?limit=10000", "connections"),
                                ("route", "/routez", "routes")):
            found = self.ask_monitor(i, page)[rows] if who == "client" or self.nodes > 1 else []
            for key in ("in_msgs", "out_msgs", "in_bytes", "out_bytes"):
                used[f"{who}_{key}"] = sum(row[key] for row in found or [])
        return used

    def usage(self):
        return [self.usage_of(i) for i in range(self.nodes)]

    @staticmethod
    def spent(before, after):
        """For each server, what was used between two looks."""
        return [{key: b[key] - a[key] for key in a} for a, b in zip(before, after)]

    def leader(self, stream="JOBS"):
        info = self.nats.ask_json(f"STREAM.INFO.{stream}")
        return int(info["cluster"]["leader"][1:]) if self.nodes > 1 else 0

    def lead_all(self, streams=("RESULTS", "TRIES", "DEAD", "CANCELS")):
        """Lets the server that leads the jobs lead the other streams as well: the worst case."""
        def attempt():
            others = [name for name in streams if self.leader(name) != self.leader()]
            for name in others:
                self.nats.ask_json(f"STREAM.LEADER.STEPDOWN.{name}")
            return not others
        if self.nodes > 1:
            wait_until(attempt, "one server leads all", PATIENCE_S)

    def measured(self, act):
        """What the servers used while act() ran, without what they use when nothing happens."""
        rest = self.usage()
        quiet = time.monotonic() + 3
        wait_until(lambda: time.monotonic() > quiet, "some seconds of rest")
        before = self.usage()
        act()
        spent = self.spent(before, self.usage())
        for used, idle in zip(spent, self.spent(rest, before)):
            share = used["at_s"] / idle["at_s"]
            for key in used:
                if key != "at_s":
                    used[key] -= idle[key] * share
        return spent
