"""A bailiffd that is started again whenever it ends, as systemd's Restart= would, and every end of it
that nobody brought about.
"""

import os
import re
import signal
import subprocess
import threading
import time

BAILIFFD = os.environ["BAILIFFD"]
RESTART_S = 0.1
KILLED, DRAINED, FAILED, WARDEN_ENDED = -signal.SIGKILL, 0, 1, 69
TERMINATED = -signal.SIGTERM  # before it could drain: it had not begun to serve


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return [int(child) for child in file.read().split()]
    except OSError:
        return []


class Supervisor:
    """before: the words of a command that runs the rest of its words. excuse(status) says whether
    that end was brought about."""

    def __init__(self, config, before, excuse):
        self.command = [*before, BAILIFFD, "--config", config]
        self.excuse = excuse
        self.lives, self.faults, self.ends = 0, [], []
        self.ended_jobs = {}
        self.process, self.serving, self.stopping = None, False, False
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while not self.stopping:
            self._live()
            time.sleep(RESTART_S)

    def _live(self):
        last = []
        self.lives += 1
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                        errors="replace")
        told = {}
        for line in self.process.stderr:
            last = [*last[-20:], line]
            self.serving = self.serving or "msg=serving" in line
            job = re.search(r" id=(\S+) .*abandoned=0", line)
            if job:
                told[job[1]] = told.get(job[1], 0) + 1
        self.serving = False
        status = self.process.wait()
        self.process.stderr.close()
        self.ends.append((time.monotonic(), status))
        self.faults += [f"{name} ended {count} times in one life" for name, count in told.items()
                        if count > 1]
        if not self.excuse(status):
            self.faults.append(f"bailiffd ended with {status}:\n" + "".join(last))

    @property
    def worker(self):
        return self.process.pid if self.process and self.process.returncode is None else None

    @property
    def warden(self):
        below = children(self.worker) if self.worker else []
        return below[0] if below else None

    def inits(self):
        return children(self.warden) if self.warden else []

    def stop(self, deadline_s):
        """SIGTERM; all is over, or it is a fault."""
        self.stopping = True
        while self.thread.is_alive():
            if self.worker:
                self.process.send_signal(signal.SIGTERM)
            self.thread.join(deadline_s)
            if self.thread.is_alive():
                self.faults.append("bailiffd does not drain")
                self.process.kill()
