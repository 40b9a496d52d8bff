"""What one tenant's jobs leave to the next tenant's, where there is one slot for both: nothing that
its programs, or its calls, could tell.

The measure is a bailiffd that never ran anything else: what a program of bob's tells there, line by
line (tests/programs/fingerprint and moments, and residue), it must tell after alice's job too,
which leaves what it can and ends in every way. Times can't be the same. Each of them is bob's own,
so it may be no longer than bob's job took by our clock, however long alice's was here before.
"""

import hashlib
import os
import sys
import time
import unittest

import grpc

from bailiffd import BAILIFFD, DEADLINE_S, ROOT, DaemonTest, free_port, need_root

if ROOT:
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "site"))
    from served import SLOWNESS, Client, executor, job, result

PROGRAMS = os.path.join(os.path.dirname(os.path.dirname(BAILIFFD)), "tests", "programs")
TOKENS = {"alice": "alices-token-00000", "bob": "bobs-token-0000000"}
PROFILES = "profiles: {default: {}, open: {policy: %s}}"
ALLOW_ALL = '{"defaultAction": "SCMP_ACT_ALLOW"}'
MIB = 1 << 20
NS_PER_S = 10 ** 9
SECRET = b"what alice would not tell"

# Of a shell: files, environment, settings, and processes that would outlive it.
LEAVE = f"""
umask 0; ulimit -n 20; ulimit -s 1000; export LEFT_BY=alice
for folder in /box /tmp /dev/shm; do
    mkdir -p $folder/left/deep; echo '{SECRET.decode()}' > $folder/left/deep/file
    i=0; while [ $i -lt 200 ]; do : > $folder/left/$i; i=$((i+1)); done
done
head -c 40000000 /dev/zero > /dev/shm/filled
renice 10 $$ > /dev/null 2>&1
cp /tmp/left/deep/file left_behind
setsid sleep 1000 < /dev/null > /dev/null 2>&1 &
setsid nohup sh -c 'trap "" TERM HUP INT; while :; do :; done' < /dev/null > /dev/null 2>&1 &
i=0; while [ $i -lt 200 ]; do (:); i=$((i+1)); done
"""
# Programs of executor/attack, whatever they come to, under limits for those that would not end.
HOSTILE = [
    ["residue", "leave"], ["crime_carry", "plant"], ["crime_fill", "/tmp"],
    ["crime_fill", "/dev/shm"], ["stuck", "orphans"], ["burn", "daemons", "4", "0"],
    ["exhaust", "queues"], ["exhaust", "keys"], ["exhaust", "messages"], ["exhaust", "timers"],
    ["balloon", "sysv", "20"], ["eat", "pages", "300"],
]
# What the machine counts for all: sessions.
MACHINES = ("/proc/self/autogroup",)
AGES = {"monotonic clock", "boot clock", "stat: start", "uptime", "/box changed", "/tmp changed",
        "/dev/shm changed"}
USES = {"process's clock", "thread's clock", "user time", "system time", "stat: user time",
        "stat: system time"}
PATIENT = {"cpu_time_ns": 60 * NS_PER_S, "wall_time_ns": 600 * NS_PER_S}
GRAIN_NS = NS_PER_S  # a sandbox's clocks begin within the machine's whole second
LOOKERS = ("moments", "fingerprint", "residue")
LOOK = "/app/moments; /app/fingerprint own; exec /app/residue look"


def bytes_of(name):
    with open(os.path.join(PROGRAMS, name), "rb") as file:
        return file.read()


def program_files(*names):
    """Inputs that a command finds in /app, from the store."""
    return [job.Input(name="/app/" + name, file=job.File(
        sha256=hashlib.sha256(bytes_of(name)).digest())) for name in names]


def leaving(profile):
    """Alice's."""
    limits = job.Limits(cpu_time_ns=NS_PER_S // 3 * min(SLOWNESS, 10),
                        wall_time_ns=NS_PER_S // 2 * min(SLOWNESS, 10))
    steps = [job.Step(name="-".join(argv).replace("/", "."), commands=[job.Command(
        argv=["/app/" + argv[0], *argv[1:]], profile=profile, limits=limits, any_status=True,
        inputs=program_files(argv[0]))]) for argv in HOSTILE]
    steps.append(job.Step(name="shell", commands=[job.Command(
        argv=["/bin/sh", "-c", LEAVE], profile=profile, any_status=True,
        limits=job.Limits(**PATIENT),
        outputs=[job.Output(glob="left_behind", required=True, keep=job.Keep(store=True))])]))
    return job.Job(steps=steps)


def looking(profile, before="", **limits):
    """Bob's, in a sandbox of the kind that alice's had, where no limits are given."""
    return job.Job(steps=[job.Step(name="look", commands=[job.Command(
        argv=["/bin/sh", "-c", before + LOOK], profile=profile, stdout=job.Keep(return_bytes=MIB),
        limits=job.Limits(**limits), inputs=program_files(*LOOKERS))])])


class View:
    """What a job of bob's told, and how long his call took."""

    def __init__(self, told, took_ns):
        self.told, self.command, self.took_ns = told, told.cases[0].commands[0], took_ns
        lines = self.command.stdout.data.decode(errors="replace").splitlines()
        self.facts = [line for line in lines if " < " not in line and not line.startswith(MACHINES)]
        times = [line.split(" < ") for line in lines if " < " in line]
        self.times = {name: int(ns) for name, ns in times}


@need_root()
class Tenants(DaemonTest):

    def serve(self):
        """A bailiffd that has run nothing yet, with one slot."""
        port = free_port()
        tokens = self.write("tokens", "".join(
            f"{token} {name}\n" for name, token in TOKENS.items()), 0o600)
        policy = self.write("open.json", ALLOW_ALL)
        daemon = self.start("\n".join([
            f"listen: [127.0.0.1:{port}]", f"access: {{tokens: {tokens}}}",
            "resources: {worker_cores: 0, slots: 1}", PROFILES % policy]))
        self.client = Client(f"127.0.0.1:{port}")
        self.addCleanup(self.client.close)
        return daemon

    def call(self, tenant, name, message):
        return self.client.method(name)(message, timeout=DEADLINE_S, metadata=[
            ("authorization", "Bearer " + TOKENS[tenant])])

    def put(self, tenant, data):
        return self.call(tenant, "Files/Put", iter([
            executor.PutChunk(sha256=hashlib.sha256(data).digest(), size_bytes=len(data)),
            *(executor.PutChunk(data=data[at:at + MIB]) for at in range(0, len(data), MIB))]))

    def leave(self, profile):
        """Alice's job, which came to what is not ours to say, but was run."""
        for name in {argv[0] for argv in HOSTILE}:
            self.put("alice", bytes_of(name))
        told = self.call("alice", "Executor/Run", leaving(profile))
        self.assertEqual(told.done.end, result.END_COMPLETED, told)
        for case in told.cases:
            self.assertNotEqual(case.outcome, result.OUTCOME_ERROR, case)
        shell = next(case for case in told.cases if case.step_name == "shell")
        kept = shell.commands[0].files
        self.assertEqual([file.content.sha256 for file in kept],
                         [hashlib.sha256(SECRET + b"\n").digest()])
        return told

    def look(self, profile, **options):
        for name in LOOKERS:
            self.put("bob", bytes_of(name))
        began = time.monotonic_ns()
        told = self.call("bob", "Executor/Run", looking(profile, **options))
        view = View(told, time.monotonic_ns() - began)
        self.assertEqual(told.done.outcome, result.OUTCOME_PASSED, told)
        return view

    def looks(self, profile):
        """In a sandbox as alice's were, which may have been made ahead, and in one of a kind that
        nobody had asked for, which can't: its tmpfs has another size."""
        return {"like alice's": self.look(profile),
                "of its own kind": self.look(profile, tmp_bytes=32 * MIB)}

    def assert_own(self, view, served_ns):
        """Every time is the program's own; a sandbox that was made ahead may be as old as the
        daemon, but has used no CPU time to speak of."""
        self.assertEqual(set(view.times), AGES | USES)
        for name, ns in view.times.items():
            longest = served_ns if name in AGES and view.command.warm else view.took_ns
            self.assertGreaterEqual(ns, 0, name)
            self.assertLess(ns, longest + GRAIN_NS, name)
        usage = view.command.usage
        self.assertLess(usage.cpu_time_ns, view.took_ns)
        if usage.HasField("memory_peak_bytes"):
            self.assertLess(usage.memory_peak_bytes, 16 * MIB)  # alice had 40 in one file

    def test_nothing_of_anothers_programs_is_seen(self):
        daemon = self.serve()
        fresh = {profile: self.looks(profile) for profile in ("default", "open")}
        self.stop(daemon)
        daemon = self.serve()
        began = time.monotonic_ns()
        for profile, wanted in fresh.items():
            self.leave(profile)
            for kind, view in self.looks(profile).items():
                with self.subTest(profile=profile, sandbox=kind):
                    self.assertEqual(view.facts, wanted[kind].facts)
                    self.assertGreater(len(view.facts), 100)
                    self.assertEqual(view.command.usage.pids_peak,
                                     wanted[kind].command.usage.pids_peak)
                    self.assertTrue(kind == "like alice's" or not view.command.warm)
                    self.assert_own(view, time.monotonic_ns() - began)
        self.stop(daemon)

    def test_what_is_left_would_be_seen(self):
        """Or the test above would prove nothing: here it lies in bob's own sandbox."""
        daemon = self.serve()
        clean = self.look("open")
        dirty = self.look("open", before=LEAVE + "/app/residue leave;", **PATIENT)
        gone = "\n".join(line for line in clean.facts if line not in dirty.facts)
        for trace in ("last pid", "processes", "next pid", "/tmp: inode", "/tmp/first: inode",
                      "/dev/shm: inode", "SysV shared memory", "SysV message queue",
                      "SysV semaphore", "limit 3:", "/proc/self/environ", "folder /box",
                      "folder /tmp", "folder /dev/shm", "fill /dev/shm", "Umask", "priority",
                      "files: nothing", "abstract socket: nothing"):
            with self.subTest(trace):
                self.assertRegex(gone, "(?m)^" + trace)
        self.stop(daemon)

    def test_nothing_of_anothers_jobs_is_told(self):
        daemon = self.serve()
        digest = hashlib.sha256(SECRET + b"\n").digest()
        theirs = self.leave("default").job_id
        told = self.look("default").told
        numbers = [int(id.split("-")[1], 16) for id in (theirs, told.job_id)]
        self.assertGreater(abs(numbers[0] - numbers[1]), 1000, "ids that count")
        for name, message in (("Result", executor.JobRef(id=theirs)),
                              ("Attach", executor.AttachRequest(job=executor.JobRef(id=theirs))),
                              ("Cancel", executor.JobRef(id=theirs))):
            with self.subTest(name), self.assertRaises(grpc.RpcError) as refused:
                answer = self.call("bob", "Executor/" + name, message)
                list(answer)  # a stream is refused as it is read
            self.assertEqual(refused.exception.code(), grpc.StatusCode.NOT_FOUND)
        status = self.call("bob", "Executor/Status", executor.StatusRequest())
        self.assertEqual([tenant.name for tenant in status.tenants], ["bob"])
        for answer in (told, status):
            self.assertNotIn(digest, answer.SerializeToString())
            self.assertNotIn(theirs.encode(), answer.SerializeToString())
        self.stop(daemon)


if __name__ == "__main__":
    unittest.main()
