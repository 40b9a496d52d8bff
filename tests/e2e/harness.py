"""What the tests of the commands share: calling bailiff, and seeing that nothing is left of a call.

BAILIFF names the program (CTest sets it). Everything runs as root; where it can't, or where the
host can't isolate, a test is skipped with the reason, and under BAILIFF_MUST_ISOLATE=1 it fails.
"""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import unittest

import ends  # noqa: F401
from slowness import DEADLINE_S, SLOWNESS, wait_until

BAILIFF = os.environ.get(
    "BAILIFF",
    os.path.join(os.path.dirname(__file__), "..", "..", "build", "bin", "bailiff"))


def bailiff(*args, **options):
    """Calls bailiff and waits for it. Returns a CompletedProcess with bytes."""
    options.setdefault("stdin", subprocess.DEVNULL if "input" not in options else None)
    if "input" in options:
        options.pop("stdin")
    options.setdefault("stdout", subprocess.PIPE)
    options.setdefault("stderr", subprocess.PIPE)
    options.setdefault("timeout", DEADLINE_S)
    return subprocess.run([BAILIFF, *args], check=False, **options)


def state_of(pid):
    """/proc/PID/status as a dictionary."""
    with open(f"/proc/{pid}/status", encoding="latin-1") as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)


def children_of(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return [int(child) for child in file.read().split()]
    except OSError:
        return []


def descendants_of(pid):
    found = []
    for child in children_of(pid):
        found += [child] + descendants_of(child)
    return found


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="latin-1") as file:
            return file.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def groups_of(pid):
    """The directories of the control groups of a process that are Bailiff's, with their inodes."""
    found = []
    mounts = {}
    with open("/proc/self/mountinfo", encoding="latin-1") as file:
        for line in file:
            before, behind = line.split(" - ")
            if behind.split()[0] in ("cgroup", "cgroup2"):
                for name in behind.split()[2].split(",") + [behind.split()[0]]:
                    mounts.setdefault(name, before.split()[4])
    try:
        with open(f"/proc/{pid}/cgroup", encoding="latin-1") as file:
            lines = file.read().splitlines()
    except OSError:
        return found
    for line in lines:
        _, names, path = line.split(":", 2)
        point = mounts.get(names.split(",")[0] if names else "cgroup2")
        directory = (point or "") + path
        if point and "/bailiff/" in directory and os.path.isdir(directory):
            found.append((directory, os.stat(directory).st_ino))
    return found


def group_is_gone(group):
    directory, inode = group
    try:
        return os.stat(directory).st_ino != inode
    except OSError:
        return True


def those_of(folder):
    """The processes whose program lies below a folder, exec'ed or only forked; zombies apart."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                if os.readlink(f"/proc/{name}/exe").startswith(folder + "/"):
                    found.append(int(name))
            except OSError:
                pass
    return [pid for pid in found if is_alive(pid)]


class Running:
    """A bailiff that runs a program which never ends, with all that belongs to it."""

    def __init__(self, *options, program=("/bin/sleep", "1000"), **popen):
        popen.setdefault("stdin", subprocess.DEVNULL)
        popen.setdefault("stdout", subprocess.PIPE)
        popen.setdefault("stderr", subprocess.PIPE)
        self.process = subprocess.Popen([BAILIFF, "run", *options, "--", *program], **popen)
        self.pids = []
        self.groups = []

    def await_program(self, name="sleep"):
        """Waits until the program itself runs, and notes every process and group."""
        def look():
            pids = descendants_of(self.process.pid)
            for pid in pids:
                try:
                    with open(f"/proc/{pid}/comm", encoding="latin-1") as file:
                        if file.read().strip() == name:
                            self.pids = pids
                            self.groups = groups_of(pid)
                            return True
                except OSError:
                    pass
            if self.process.poll() is not None:
                raise AssertionError("it ended early: %r" % (self.process.communicate(),))
            return False
        wait_until(look, "the program's start")
        return self

    def assert_nothing_left(self, test):
        """No process and no control group that was seen is there any more."""
        test.assertTrue(self.pids)
        test.assertTrue(self.groups)
        for pid in self.pids:
            wait_until(lambda pid=pid: not is_alive(pid), f"the end of process {pid}")
        for group in self.groups:
            wait_until(lambda group=group: group_is_gone(group), f"the removal of {group[0]}")

    def finish(self):
        out, err = self.process.communicate(timeout=DEADLINE_S)
        return self.process.returncode, out, err

    def kill(self, signo=signal.SIGKILL):
        self.process.send_signal(signo)


def why_not():
    """Why nothing can be isolated here, or None."""
    if os.geteuid() != 0:
        return "this needs root"
    result = bailiff("run", "--", "/bin/true")
    return None if result.returncode == 0 else result.stderr.decode(errors="replace").strip()


class SandboxTest(unittest.TestCase):
    """A test that runs programs: has a folder of its own, which is also the current one."""

    @classmethod
    def setUpClass(cls):
        reason = why_not()
        if reason and os.environ.get("BAILIFF_MUST_ISOLATE") == "1":
            raise AssertionError("BAILIFF_MUST_ISOLATE=1, but: " + reason)
        if reason:
            raise unittest.SkipTest(reason)

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="bailiff-e2e-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        before = os.getcwd()
        os.chdir(self.folder)
        self.addCleanup(os.chdir, before)

    def write(self, name, content, mode=0o644):
        data = content if isinstance(content, bytes) else content.encode()
        os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW  # a link may lead to the host's
        with open(name, "wb", opener=lambda path, _: os.open(path, flags, mode)) as file:
            file.write(data)
            os.fchmod(file.fileno(), mode)
        return os.path.abspath(name)

    def read(self, name):
        with open(name, "rb") as file:
            return file.read()

    def run_program(self, *options, program, **call):
        return bailiff("run", *options, "--", *program, **call)

    def shell(self, script, *options, **call):
        return self.run_program(*options, program=["/bin/sh", "-c", script], **call)

    def report(self, *options, program, **call):
        """The report of a run, with its exit status under the key `status`."""
        path = os.path.join(self.folder, "report.json")
        result = self.run_program("--report", path, *options, program=program, **call)
        report = json.loads(self.read(path))
        report["status"] = result.returncode
        return report

    def assert_refused(self, result, *words):
        """Status 125, nothing on standard output, and each of the words in the message."""
        message = result.stderr.decode(errors="replace")
        self.assertEqual(result.returncode, 125, message)
        self.assertEqual(result.stdout or b"", b"")
        self.assertTrue(message.startswith("bailiff: "), message)
        for word in words:
            self.assertIn(word, message)
