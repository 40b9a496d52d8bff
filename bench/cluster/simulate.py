"""What a queue of many workers asks of its servers: a discrete-event simulation of one cell (one queue
with its servers and workers), with what measure.py measured as its costs.

    simulate.py MEASURED.json [--seconds N]

A cell is a server that leads all streams (`CORES` cores; followers are told beside it), workers of SLOTS
slots whose feeders pull AHEAD jobs more, and submissions at random. A job visits the leader six times:
submit, pull, result?, cancelled?, store, acknowledge; each visit takes a core for its share of the
CPU time that was measured, by chance more or less. Ways between hosts take WAY_S. Jobs run RUN_S on
the average, by chance between nothing and much more. Feeders ask for lanes besides, and pull as
executor/feeder/feeder_pull.c does."""

import collections
import heapq
import itertools
import random

SLOTS, AHEAD, RUN_S, WAY_S, CORES, VISITS = 4, 4, 5.0, 0.25e-3, 4, 6
LOAD = 0.9  # of what the slots could run


class Station:
    """Some cores, and who waits for one. A visit goes on where it says when it is over."""

    def __init__(self, world, cores):
        self.world, self.free, self.waiting = world, cores, collections.deque()
        self.busy_s = 0.0

    def visit(self, mean_s, then):
        service = random.expovariate(1 / mean_s)
        if self.free:
            self.begin(service, then)
        else:
            self.waiting.append((service, then))

    def begin(self, service, then):
        self.free -= 1
        self.busy_s += service
        self.world.after(service, self.end, then)

    def end(self, then):
        self.free += 1
        if self.waiting:
            self.begin(*self.waiting.popleft())
        self.world.after(WAY_S, *then)


class World:
    """The clock. What is due is called in its order."""

    def __init__(self):
        self.now, self.due, self.count = 0.0, [], itertools.count()

    def after(self, delay, act, *args):
        heapq.heappush(self.due, (self.now + delay, next(self.count), act, args))

    def run(self, until):
        while self.due and self.due[0][0] < until:
            self.now, _, act, args = heapq.heappop(self.due)
            act(*args)
        self.now = until


class Cell(World):
    def __init__(self, measured, workers, load):
        super().__init__()
        cost = measured["replicas_3"]
        self.visit_s = cost["job"]["leader_cpu_us"] * 1e-6 / VISITS
        self.look_s = measured["look_s"]
        self.look_cost_s = max(cost["idle_feeder"]["cpu_us_s"], 1) * 1e-6 * self.look_s
        self.leader = Station(self, CORES)
        self.rate = load * workers * SLOTS / RUN_S
        self.queue, self.pulls = collections.deque(), collections.deque()
        self.local = [collections.deque() for _ in range(workers)]
        self.idle = [0] * workers     # slots
        self.waits = [0] * workers    # pulls at the empty queue, no more than slots are idle
        self.resting = [0] * workers  # places ahead, while the queue is empty
        self.submitted = self.done = 0
        self.slots_busy_s, self.waited = 0.0, []
        self.fill(load)

    def fill(self, load):
        """As if it had run for long: most slots hold a job, the others wait for one."""
        for worker in range(len(self.local)):
            self.after(random.random() * self.look_s, self.look, worker)
            for slot in range(SLOTS):
                if random.random() < load:
                    self.after(random.expovariate(1 / RUN_S), self.finish, worker, 0.0)
                else:
                    self.idle[worker] += 1
            self.resting[worker] = AHEAD
            self.waits[worker] = self.idle[worker]
            self.pulls.extend([worker] * self.idle[worker])
        random.shuffle(self.pulls)
        self.after(random.expovariate(self.rate), self.submit)

    def look(self, worker):
        self.leader.visit(self.look_cost_s, (self.looked, worker))

    def looked(self, worker):
        """Where jobs wait, the places ahead are filled."""
        self.after(self.look_s, self.look, worker)
        if self.queue:
            self.wake(worker, self.resting[worker])

    def wake(self, worker, count):
        for _ in range(min(count, self.resting[worker])):
            self.resting[worker] -= 1
            self.leader.visit(self.visit_s, (self.pull, worker))

    # ---- the way of a job

    def submit(self):
        self.submitted += 1
        self.leader.visit(self.visit_s, (self.stored, self.now))
        self.after(random.expovariate(self.rate), self.submit)

    def stored(self, born):
        if self.pulls:
            worker = self.pulls.popleft()
            self.waits[worker] -= 1
            self.deliver(worker, born)
        else:
            self.queue.append(born)

    def pull(self, worker):
        if self.queue:
            self.deliver(worker, self.queue.popleft())
        elif self.waits[worker] < self.idle[worker]:
            self.waits[worker] += 1
            self.pulls.append(worker)
        else:
            self.resting[worker] += 1

    def deliver(self, worker, born):
        self.leader.visit(self.visit_s, (self.leader.visit, self.visit_s,
                                         (self.arrive, worker, born)))

    def arrive(self, worker, born):
        if self.idle[worker]:
            self.idle[worker] -= 1
            self.begin(worker, born)
        else:
            self.local[worker].append(born)

    def begin(self, worker, born):
        self.waited.append(self.now - born)
        run_s = random.expovariate(1 / RUN_S)
        self.after(run_s, self.finish, worker, run_s)

    def finish(self, worker, run_s):
        self.done += 1
        self.slots_busy_s += run_s
        if self.local[worker]:
            self.begin(worker, self.local[worker].popleft())
        else:
            self.idle[worker] += 1
        self.leader.visit(self.visit_s, (self.leader.visit, self.visit_s, (int,)))  # store, ack
        self.leader.visit(self.visit_s, (self.pull, worker))


def simulate_cell(measured, workers, load, seconds):
    """Half of the time to settle, half to be looked at."""
    random.seed(7)
    cell = Cell(measured, workers, load)
    cell.run(seconds / 2)
    before = (cell.done, cell.leader.busy_s, len(cell.waited), cell.submitted)
    cell.run(seconds)
    span = seconds / 2
    waited = sorted(cell.waited[before[2]:]) or [float("inf")]
    return {"workers": workers, "offered_s": cell.rate, "done_s": (cell.done - before[0]) / span,
            "leader": (cell.leader.busy_s - before[1]) / span / CORES,
            "waited_p50_ms": waited[len(waited) // 2] * 1e3,
            "waited_p99_ms": waited[len(waited) * 99 // 100] * 1e3,
            "behind": len(cell.leader.waiting)}


# ---- what follows from the rates

def traffic(measured, jobs_s, workers):
    """Of a whole cell, and of one of its three servers."""
    cost, idle = measured["replicas_3"]["job"], measured["replicas_3"]["idle_feeder"]
    return {"client_messages_s": cost["client_messages"] * jobs_s + idle["messages_s"] * workers,
            "route_messages_s": cost["route_messages"] * jobs_s,
            "client_bytes_s": cost["client_bytes"] * jobs_s,
            "route_bytes_s": cost["route_bytes"] * jobs_s,
            "disk_bytes_s": cost["disk_bytes_of_a_server"] * jobs_s,
            "follower": cost["follower_cpu_us"] * 1e-6 * jobs_s / CORES}


def store_traffic(file_bytes, files, store_bytes, spread, minutes, jobs_s=SLOTS / RUN_S):
    """What one worker fetches in each of some spans of time, from an empty store that forgets what was
    not used for longest. spread: how popularity falls off with a file's rank (0: not at all)."""
    random.seed(7)
    weights = list(itertools.accumulate(1 / (rank + 1) ** spread for rank in range(files)))
    kept, most, fetched, out, jobs = collections.OrderedDict(), store_bytes // file_bytes, 0, [], 0
    for minute in range(1, minutes[-1] + 1):
        jobs += 60 * jobs_s
        while jobs >= 1:
            jobs -= 1
            file = random.choices(range(files), cum_weights=weights)[0]
            fetched += file not in kept
            kept[file] = kept.pop(file, None)
            if len(kept) > most:
                kept.popitem(last=False)
        if minute in minutes:
            out.append(fetched * file_bytes)
    return out
