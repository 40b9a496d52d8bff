"""A live table of a cluster: who is up, how far the jobs are, what happened. On a terminal it is
drawn again twice a second; elsewhere a line is printed every few seconds."""

import sys
import threading

BAR = 40


class Table:
    def __init__(self, cluster):
        self.cluster = cluster
        self.over = threading.Event()
        self.nats = None
        self.streams = {"RESULTS": 0, "JOBS": 0, "DEAD": 0}
        self.leader = "?"
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def finish(self):
        self.over.set()
        self.thread.join()

    def run(self):
        drawn = sys.stdout.isatty()
        while not self.over.wait(0.5 if drawn else 3):
            self.show(drawn)
        self.show(drawn)

    def look(self):
        """What some node says now; what is not answered stays as it was."""
        try:
            self.nats = self.nats or self.cluster.any_node()
            for stream in self.streams:
                info = self.nats.ask_json(f"STREAM.INFO.{stream}")
                self.streams[stream] = info["state"]["messages"]
                if stream == "JOBS":
                    self.leader = info["cluster"].get("leader", "?")
        except (OSError, ValueError, KeyError):
            self.nats = None

    def rows(self):
        c = self.cluster
        yield "node  state"
        for i, server in enumerate(c.servers):
            leads = "  leads the jobs" if self.leader == f"n{i}" else ""
            yield f"n{i}    {c.state_of(server):<5}{leads}"
        yield ""
        yield "machine  worker  feeder  jobs run"
        for name in c.workers:
            yield (f"{name:<8} {c.state_of(c.workers[name]):<7} {c.state_of(c.feeders[name]):<7} "
                   f"{c.jobs_done(name):8}")
        yield ""
        for what, done in (("submitted", c.submitted), ("results", self.streams["RESULTS"])):
            bar = "#" * (BAR * done // c.jobs)
            yield f"{what:<10} {bar:<{BAR}} {done} of {c.jobs}"
        yield f"in the queue {self.streams['JOBS']}, dead {self.streams['DEAD']}"
        yield ""
        for at_s, submitted, text in c.events[-6:]:
            yield f"{at_s:6.1f} s, after {submitted} submissions: {text}"

    def show(self, drawn):
        self.look()
        rows = list(self.rows())
        if drawn:
            rows = ["\x1b[H\x1b[J" + rows[0], *rows[1:]]
        else:
            states = [f"n{i} {self.cluster.state_of(server)}"
                      for i, server in enumerate(self.cluster.servers)]
            rows = [f"{', '.join(states)}; submitted {self.cluster.submitted}, "
                    f"results {self.streams['RESULTS']} of {self.cluster.jobs}"]
        print("\n".join(rows), flush=True)
