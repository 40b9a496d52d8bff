"""The memory of the group above all of it: how much there is, who holds it back, and how often somebody
ran against its limit.

What is held back is a file in memory, which nobody can be killed for. Whoever writes it does so from
a leaf of its own: on cgroup v2 no process may sit in a group that has controllers on for those below it,
and a worker that starts while another sits there would have to look for a place further up.
"""

import os
import subprocess

from place import read, write

MIB = 1 << 20
WRITE = 'echo 0 > "$1/cgroup.procs" && exec /usr/bin/head -c "$2" /dev/zero'
TRIES = 8  # others give memory back meanwhile


class Memory:
    def __init__(self, place, limit):
        self.folder, self.limit = place.of["memory"], limit
        self.unified = os.path.exists(f"{self.folder}/cgroup.controllers")
        write(self._file("memory.limit_in_bytes", "memory.max"), str(limit))
        self.leaf = f"{self.folder}/hoard"
        os.mkdir(self.leaf)
        self.hoard = os.memfd_create("hoard", os.MFD_CLOEXEC)

    def _file(self, v1, v2):
        return f"{self.folder}/{v2 if self.unified else v1}"

    def left(self):
        return self.limit - int(read(self._file("memory.usage_in_bytes", "memory.current")))

    def shortages(self):
        """How often this very limit stood in somebody's way: not those of the groups below."""
        text = read(self._file("memory.failcnt", "memory.events.local"))
        return int(dict(line.split() for line in text.splitlines())["max"] if self.unified else text)

    def hold(self, size):
        """So much more; returns when it is written."""
        if size > 0:
            subprocess.run(["/bin/sh", "-c", WRITE, "hoard", self.leaf, str(size)],
                           stdout=self.hoard, stderr=subprocess.DEVNULL, check=False)

    def run_short(self, before):
        """Holds more until that count of shortages has grown. Says whether it has."""
        for _ in range(TRIES):
            if self.shortages() > before:
                break
            self.hold(max(self.left(), 0) + MIB)
        return self.shortages() > before

    def give_back(self):
        os.ftruncate(self.hoard, 0)
        os.lseek(self.hoard, 0, os.SEEK_SET)

    def close(self):
        os.close(self.hoard)
        os.rmdir(self.leaf)
