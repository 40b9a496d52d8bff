"""A place of a test's own in every hierarchy of cgroups: what a server started in it leaves, it leaves
here, whoever else runs Bailiff on this machine meanwhile.

The place is removed with rmdir alone: that it can be removed proves that nothing was left in it. Its
name is one that tests/sandbox/cgroup_leftovers.h knows, so one of a dead test is removed by others.
"""

import fcntl
import os

from served import wait_until

V1 = {"memory", "pids", "cpu", "cpuacct", "cpuset", "blkio"}
V2 = {"memory", "pids"}  # must be offered
# A server that was killed has left cgroup v2's controllers on for the groups below, and whoever does that
# may hold no process itself: then its leaf is where the next one begins.
ENTER = '''
while [ "$1" != -- ]; do
    at=$1
    [ ! -d "$at/supervisor" ] || at=$at/supervisor
    echo 0 > "$at/cgroup.procs" || exit 125
    shift
done
shift
exec "$@"'''


def read(path):
    """The text of a file, or nothing where it has vanished."""
    try:
        with open(path, encoding="ascii") as file:
            return file.read()
    except OSError:
        return ""


def write(path, text):
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def hierarchies():
    """[(mount point, controllers)], as limits/cgroup_find.c would choose them."""
    old, new = [], []
    for line in read("/proc/self/mounts").splitlines():
        _, point, kind, options, *_ = line.split()
        if kind == "cgroup2":
            offered = set(read(point + "/cgroup.controllers").split())
            new += [(point, offered)] if V2 <= offered else []
        elif kind == "cgroup" and V1 & set(options.split(",")):
            old.append((point, V1 & set(options.split(","))))
    return [(point, what, True) for point, what in new] or [(*one, False) for one in old]


def make(parent, path, controllers, unified):
    if unified:
        for name in controllers & {"memory", "pids", "cpu", "cpuset", "io"}:
            write(parent + "/cgroup.subtree_control", "+" + name)
    os.mkdir(path)
    if "cpuset" in controllers and not unified:
        for name in ("/cpuset.cpus", "/cpuset.mems"):
            write(path + name, read(parent + name))


class Place:
    def __init__(self):
        self.paths, self.claims, self.of = [], [], {}
        for point, controllers, unified in hierarchies():
            path = f"{point}/bailiff-test-{os.getpid()}"
            make(point, path, controllers, unified)
            self.paths.append(path)
            self.of.update(dict.fromkeys(controllers, path))
            self.claims.append(os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))
            fcntl.flock(self.claims[-1], fcntl.LOCK_EX | fcntl.LOCK_NB)

    def enter(self):
        """What stands before the words of a command that is to run in it."""
        return ["/bin/sh", "-c", ENTER, "enter", *self.paths, "--"]

    def folders(self):
        return [folder for path in self.paths for folder, _, _ in os.walk(path)]

    def processes(self):
        return {int(pid) for folder in self.folders()
                for pid in read(folder + "/cgroup.procs").split()}

    def groups(self):
        """Of sandboxes."""
        return [folder for folder in self.folders() if os.path.basename(folder)[:1] == "s"
                and "/bailiff/i" in folder]

    def remove(self):
        wait_until(lambda: not self.processes(), "all processes' end")
        for path in self.paths:
            for folder, _, _ in os.walk(path, topdown=False):
                if os.path.basename(folder) not in ("bailiff", "supervisor",
                                                    os.path.basename(path)):
                    raise AssertionError("left: " + folder)
                os.rmdir(folder)
        for claim in self.claims:
            os.close(claim)
