"""chaos.py [--seconds N] [--seed N] - a real bailiffd under honest and hostile load while it is killed,
its warden and its sandboxes' inits are killed, clients die, and memory runs short in the group above.

Clients (client.py) keep nothing back: from what they are told a ledger is kept (ledger.py). Each job
that was accepted has one outcome and only one; each honest job has the right verdict in the end; a job
is cut off, or told that we failed, only where something was done to the worker meanwhile. It goes in
rounds: chaos, then rest, in which every job is brought to its end and nothing may fail. After each
the worker and its warden hold what they held before; after all, the host is as it was (host.py).

Exit status 0: all of that is so. The seed decides what is done, in which order; not the moments.
"""

import argparse
import os
import random
import selectors
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, "..", "e2e", "site"))
import host  # noqa: E402
from crimes import CRIMES  # noqa: E402
from ledger import Ledger  # noqa: E402
from memory import Memory  # noqa: E402
from place import Place, write  # noqa: E402
from served import SLOWNESS  # noqa: E402
from supervisor import (DRAINED, FAILED, KILLED, TERMINATED, WARDEN_ENDED,  # noqa: E402
                        Supervisor, children)

CLIENTS, AHEAD = 3, 6  # and how many jobs a client has been told of at a time
CHAOS_S, GAP_S = 12.0, 0.35
DEADLINE_S = 120 * SLOWNESS
GRACE_S = 2.0 * SLOWNESS  # what was begun so long after a crime may still have been touched by it
MEMORY = 384 << 20  # of the group above
AT_REST = 60  # jobs of which none may fail
FIRST_ID, IDS = 1_900_000_000, 1 << 21

# What bailiffd may end with after which crime. FAILED: it could not even start.
MAY_END_WITH = {"kill_worker": {KILLED}, "kill_both": {KILLED}, "kill_warden": {WARDEN_ENDED, FAILED},
                "drain": {DRAINED, TERMINATED}, "starve": {KILLED, WARDEN_ENDED, FAILED}}

CONFIG = """listen: ["unix:{folder}/rpc.sock"]
state: {{directory: {folder}/state, spool_size: 64MiB, store_size: 256MiB}}
sandbox: {{first_id: {first_id}}}
resources: {{memory: 320MiB}}
pool: {{idle: 1s}}
drain: 500ms
user: "{user}"
"""


class Client:
    """A client.py, and which jobs it has been told of."""

    def __init__(self, address, prefix, folder):
        self.process = subprocess.Popen(
            [sys.executable, "-B", os.path.join(HERE, "client.py"), address, prefix],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0,
            env={**os.environ, "TMPDIR": folder})
        self.rest, self.entries = b"", set()

    def order(self, entry):
        self.entries.add(entry)
        try:
            self.process.stdin.write(b"%d %d\n" % entry)
        except BrokenPipeError:
            pass  # it is dead: its end is heard of soon

    def lines(self):
        """What it has written since; None at its end."""
        data = os.read(self.process.stdout.fileno(), 1 << 16)
        if not data:
            return None
        *lines, self.rest = (self.rest + data).split(b"\n")
        return [line.decode() for line in lines]

    def end(self):
        for pipe in (self.process.stdin, self.process.stdout):
            pipe.close()
        return self.process.wait()


class Crime:
    """costs: jobs that run meanwhile may lose their outcome by it."""

    def __init__(self, name, costs):
        self.name, self.costs, self.begin, self.end = name, costs, time.monotonic(), None

    def may_touch(self, since, grace=GRACE_S):
        return self.end is None or self.end + grace >= since


class Fault(Exception):
    """Something is not as it must be: the lists of faults have it."""


class Scene:

    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.prefix = f"chaos-{seed}"
        self.folder = tempfile.mkdtemp(prefix="bailiff-chaos-")
        os.chmod(self.folder, 0o755)  # it is the worker's user's, too
        first_id = FIRST_ID + os.getpid() % 20 * (IDS + 1)
        self.ids = range(first_id, first_id + IDS + 1)  # the sandboxes', then the worker's
        self.before = host.look(self.folder, self.ids)
        self.place = Place()
        self.memory = Memory(self.place, MEMORY)
        self.socket = os.path.join(self.folder, "rpc.sock")
        self.crimes, self.faults = [], []
        self.untried = self.chance.sample(range(len(CRIMES)), len(CRIMES))
        self.ledger = Ledger(self.excuse)
        self.clients, self.pests, self.usual = [], [], None
        self.selector = selectors.PollSelector()
        config = os.path.join(self.folder, "bailiffd.yaml")
        write(config, CONFIG.format(folder=self.folder, first_id=first_id, user=first_id + IDS))
        self.supervisor = Supervisor(config, self.place.enter(), self.excuse_end)

    # ---- what was done, and what may come of it

    def excuse(self, began):
        """May a job that was begun then have no outcome, or an error of ours?"""
        return any(crime.costs and crime.may_touch(began) for crime in self.crimes)

    def excuse_end(self, status):
        """May bailiffd have ended so, now?"""
        if self.supervisor.stopping and status == DRAINED:
            return True
        return any(status in MAY_END_WITH.get(crime.name, ()) for crime in self.crimes
                   if crime.may_touch(time.monotonic(), GRACE_S * 5))

    def commit(self, crime, costs):
        self.crimes.append(Crime(crime.__name__, costs))
        crime(self)
        self.crimes[-1].end = time.monotonic()

    # ---- clients

    def start_client(self):
        client = Client("unix:" + self.socket, self.prefix, self.folder)
        self.clients.append(client)
        self.selector.register(client.process.stdout, selectors.EVENT_READ, client)

    def bury_client(self, client):
        self.selector.unregister(client.process.stdout)
        self.clients.remove(client)
        status = client.end()
        if status not in (0, KILLED) or (status == 0 and client.entries):
            self.faults.append(f"a client ended with {status}, and was told nothing of "
                               f"{client.entries}")
        self.ledger.give_back(client.entries)

    def hear(self, timeout_s):
        """Whatever clients have to tell now."""
        for key, _ in self.selector.select(timeout_s):
            lines = key.data.lines()
            if lines is None:
                self.bury_client(key.data)
                continue
            for line in lines:
                key.data.entries.discard(self.ledger.enter(line))

    def feed(self, fresh):
        for client in self.clients:
            while len(client.entries) < AHEAD:
                entry = self.ledger.take(fresh)
                if entry is None:
                    return
                client.order(entry)

    def go_on(self, until, fresh=lambda: False, clients=CLIENTS):
        """Until then, with so many clients that have as much to do as there is. The first fault ends
        it all: a worker that can't be had any more would be waited for."""
        deadline = time.monotonic() + DEADLINE_S
        while not until():
            if self.all_faults():
                raise Fault
            if time.monotonic() > deadline:
                waiting = sorted(entry for client in self.clients for entry in client.entries)
                self.faults.append(f"it does not go on: waiting for {waiting}")
                raise Fault
            while len(self.clients) < clients:
                self.start_client()
            self.feed(fresh())
            self.hear(0.02)

    def wait(self, seconds):
        end = time.monotonic() + seconds
        self.go_on(lambda: time.monotonic() >= end, lambda: True)

    # ---- rounds

    def chaos(self, seconds):
        """Each crime at least once, however slow the machine is; then by chance until the time is up."""
        end = time.monotonic() + seconds
        weights = [weight for _, weight, _ in CRIMES]
        while self.untried or time.monotonic() < end:
            self.wait(self.chance.expovariate(1 / GAP_S))
            which = self.untried.pop() if self.untried else self.chance.choices(
                range(len(CRIMES)), weights)[0]
            self.commit(CRIMES[which][0], CRIMES[which][2])

    def rest(self):
        """All that was begun is brought to its end; then some more, of which nothing may fail."""
        def idle():
            return not self.ledger.again and not any(client.entries for client in self.clients)
        self.go_on(lambda: self.supervisor.serving and idle())
        calm = time.monotonic() + GRACE_S
        self.go_on(lambda: time.monotonic() > calm)
        enough = self.ledger.next_number + AT_REST
        self.go_on(idle if self.ledger.next_number >= enough else
                   lambda: self.ledger.next_number >= enough and idle(),
                   lambda: self.ledger.next_number < enough)
        for client in self.clients:
            client.process.stdin.close()
        self.go_on(lambda: not self.clients, clients=0)
        for pest in self.pests:
            pest.close()
        self.pests.clear()

    def holdings(self):
        """What the worker and the warden hold when nothing runs; None: something does."""
        worker, warden = self.supervisor.worker, self.supervisor.warden
        if self.place.groups() or not warden or children(warden):
            return None
        return {"worker's descriptors": len(os.listdir(f"/proc/{worker}/fd")),
                "warden's descriptors": len(os.listdir(f"/proc/{warden}/fd")),
                "the host's mounts": len(host.mounts(self.folder)),
                "processes": len(self.place.processes())}

    def look(self):
        """Nothing was left behind by what has run."""
        self.usual = self.usual or self.settled(lambda: self.holdings())
        if not self.settled(lambda: self.holdings() == self.usual):
            self.faults.append(f"usually {self.usual}, now {self.holdings()}, groups "
                               f"{self.place.groups()}")

    @staticmethod
    def settled(condition):
        deadline = time.monotonic() + DEADLINE_S
        while time.monotonic() < deadline:
            value = condition()
            if value:
                return value
            time.sleep(0.05)  # looks again
        return None

    def all_faults(self):
        return self.faults + self.ledger.faults + self.supervisor.faults

    def report(self, began):
        counts = {}
        for crime in self.crimes:
            counts[crime.name] = counts.get(crime.name, 0) + 1
        print(f"{time.monotonic() - began:.0f} s, {self.supervisor.lives} lives of bailiffd, "
              f"{self.ledger.next_number} jobs: {self.ledger.counts}; {counts}; "
              f"{self.memory.shortages()} times the group's memory did not do", flush=True)

    def run(self, seconds):
        self.rest()
        self.look()
        began = time.monotonic()  # now: on a slow machine the rest alone would be all of it
        while not self.all_faults() and time.monotonic() - began < seconds:
            left = seconds - (time.monotonic() - began)
            self.chaos(min(CHAOS_S, max(left, 1)))
            self.rest()
            self.look()
            self.report(began)

    def close(self):
        """Ends all of it; then the host is as it was."""
        for client in self.clients:
            client.process.kill()
            client.end()
        for pest in self.pests:
            pest.close()
        self.memory.give_back()
        self.supervisor.stop(DEADLINE_S)
        self.selector.close()
        self.memory.close()
        try:
            self.place.remove()
        except AssertionError as left:  # in no way of the faults that led to it
            self.faults.append(str(left))
        self.faults += [f"left in the store: {name}" for name in host.strangers(
            os.path.join(self.folder, "state", "store"))]
        shutil.rmtree(self.folder)
        self.faults += host.differences(self.before, host.look(self.folder, self.ids))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    scene = Scene(options.seed)
    try:
        scene.run(options.seconds)
        scene.ledger.close()
    except Fault:
        pass  # told below
    finally:
        scene.close()
    for fault in scene.all_faults():
        print(fault)
    sys.exit(1 if scene.all_faults() else 0)


if __name__ == "__main__":
    main()
