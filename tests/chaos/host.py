"""The host as it is, so that it can be told whether it is so again. Whoever else tests on it meanwhile is
left out: of processes, files and objects of System V those count that belong to our own sandboxes' ids.
"""

import os
import re

SETTINGS = ["/proc/sys/kernel/hostname", "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/pid_max",
            "/proc/sys/kernel/randomize_va_space", "/proc/sys/user/max_user_namespaces",
            "/proc/sys/fs/suid_dumpable", "/proc/sys/vm/overcommit_memory", "/proc/swaps",
            "/proc/self/cgroup", "/proc/self/limits", "/proc/self/oom_score_adj"]
OBJECTS = ["/proc/sysvipc/shm", "/proc/sysvipc/msg", "/proc/sysvipc/sem"]
FOLDERS = ["/dev/shm", "/dev/mqueue", "/run", "/run/lock", "/tmp", "/var/tmp"]


def text_of(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError as error:
        return str(error)


def mounts(folder):
    """But what other tests mount in folders of theirs."""
    return [line for line in text_of("/proc/self/mountinfo").splitlines()
            if not line.split()[4].startswith("/tmp/") or folder in line]


def processes(ids):
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        users = [line.split()[1] for line in text_of(f"/proc/{pid}/status").splitlines()
                 if line.startswith("Uid:")]
        if users and int(users[0]) in ids:
            found.append(pid)
    return found


def files(ids):
    found = []
    for folder in FOLDERS:
        try:
            with os.scandir(folder) as entries:
                found += [entry.path for entry in entries
                          if entry.stat(follow_symlinks=False).st_uid in ids]
        except OSError:
            pass  # not there, or an entry that has vanished: another's
    return found


def objects(ids):
    """Rows of System V's that mention one of the ids."""
    return [row for path in OBJECTS for row in text_of(path).splitlines()[1:]
            if any(word.isdigit() and int(word) in ids for word in row.split())]


def look(folder, ids):
    """folder: chaos' own. ids: a range of what its sandboxes and its worker have."""
    return {**{path: text_of(path) for path in SETTINGS},
            "mounts": mounts(folder), "processes": processes(ids), "files": files(ids),
            "objects": objects(ids),
            "sockets": [line.split()[-1] for line in text_of("/proc/net/unix").splitlines()
                        if folder in line],
            "descriptors": sorted(os.listdir("/proc/self/fd"))}


def differences(before, after):
    return [f"{name} was {value!r}, is {after[name]!r}" for name, value in before.items()
            if value != after[name]]


def strangers(store):
    """What lies in a worker's store when it has ended, but files by their digests and its own mark."""
    return [name for name in os.listdir(store)
            if not re.fullmatch("[0-9a-f]{64}|.bailiff-store", name)]
