"""What chaos has run: honest jobs of known ends, and hostile ones with the verdicts that they may have.

A kind is (name, message, wanted): wanted(answer) says in words what is wrong with it, else None.
"""

import hashlib
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TREE = os.path.normpath(os.path.join(HERE, "..", ".."))
sys.path.insert(0, os.path.join(TREE, "tests", "e2e", "site"))
from load import KINDS, is_ours, wrong_with  # noqa: E402
from served import SLOWNESS, job, result  # noqa: E402

PROGRAMS = os.path.join(os.path.dirname(os.path.dirname(os.environ["BAILIFFD"])),
                        "tests", "programs")
MIB = 1 << 20
SHARE_NS = 1_000_000 * SLOWNESS  # a millisecond; of an emulated one much goes before the exec

OK, RUNTIME, SIGNALED = (result.VERDICT_OK, result.VERDICT_RUNTIME_ERROR, result.VERDICT_SIGNALED)
TIME, WALL = result.VERDICT_TIME_LIMIT, result.VERDICT_WALL_TIME_LIMIT
MEMORY, OUTPUT = result.VERDICT_MEMORY_LIMIT, result.VERDICT_OUTPUT_LIMIT

SHORT_CPU = {"cpu_time_ns": 100 * SHARE_NS}
SHORT_WALL = {"wall_time_ns": 300 * SHARE_NS}
SMALL = {"memory_bytes": 32 * MIB, "box_bytes": 1024 * MIB, "tmp_bytes": 1024 * MIB,
         "file_size_bytes": 1024 * MIB}
BOTH = {"cpu_time_ns": 300 * SHARE_NS, "wall_time_ns": 500 * SHARE_NS}

# Program and arguments, its limits, what may be said of it. The wall may end any of them on a
# machine that is busy enough, which is what chaos makes of it.
HOSTILE = [
    (["forkbomb"], SHORT_CPU | SHORT_WALL, {TIME, WALL, MEMORY}),
    (["forkbomb"], {"pids": 2000, "memory_bytes": 16 * MIB} | BOTH, {TIME, WALL, MEMORY}),
    (["eat", "pages", "64"], SMALL, {MEMORY}),
    (["eat", "shm", "64"], SMALL, {MEMORY}),
    (["eat", "child", "64"], SMALL, {MEMORY}),
    (["balloon", "tables", "64"], SMALL, {MEMORY}),
    (["burn", "processes", "8", "0"], SHORT_CPU, {TIME}),
    (["burn", "daemons", "4", "0"], SHORT_CPU, {TIME}),
    (["linger", "sleep"], SHORT_WALL, {WALL}),
    (["linger", "stopped"], SHORT_WALL, {WALL}),
    (["stuck", "orphans"], SHORT_WALL, {OK, WALL}),
    (["flood", "1", "0"], {"stdout_bytes": MIB}, {OUTPUT}),
    (["exhaust", "zombies"], {"pids": 24}, {OK}),
    (["exhaust", "sockets"], {}, {OK}),
    (["crime_refused", "processes", "8"], {}, {RUNTIME}),
    (["crime_kill_all"], {}, {OK, RUNTIME, SIGNALED}),
]


def digest_of(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).digest()


def honest(number):
    message, expected = KINDS[number % len(KINDS)]

    def wanted(answer):
        return wrong_with(answer, expected, errors_allowed=False)
    return f"honest {number % len(KINDS)}", copy_of(message), wanted


def hostile(number):
    argv, limits, verdicts = HOSTILE[number % len(HOSTILE)]
    path = os.path.join(PROGRAMS, argv[0])
    message = job.Job(steps=[job.Step(name="s", commands=[job.Command(
        argv=["/app/" + argv[0], *argv[1:]], limits=job.Limits(**limits),
        inputs=[job.Input(name="/app/" + argv[0], file=job.File(sha256=digest_of(path)))])])])

    def wanted(answer):
        if len(answer.cases) != 1 or len(answer.cases[0].commands) != 1:
            return f"not one case: {answer}"
        verdict = answer.cases[0].commands[0].verdict
        return None if verdict in verdicts else f"{argv} was told {verdict}: {answer}"
    return " ".join(argv[:2]), message, wanted


def copy_of(message):
    copy = job.Job()
    copy.CopyFrom(message)
    return copy


def kind_of(number):
    """Every third job is hostile."""
    return hostile(number // 3) if number % 3 == 2 else honest(number - number // 3)


def failed(answer):
    """Did we fail, with any case or with the whole job?"""
    return answer.done.end == result.END_BROKEN or any(map(is_ours, answer.cases)) or \
        answer.done.outcome == result.OUTCOME_ERROR
