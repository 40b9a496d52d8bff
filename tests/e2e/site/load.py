"""Clients that send jobs of known ends, one after the other, and look at what they are told."""

import threading

import grpc

from served import DEADLINE_S, Client, inline, job, result, shell


def two_steps():
    """The second has what the first has written."""
    wanted = shell("echo word > out", outputs=[job.Output(glob="out", required=True)])
    wanted.steps[0].name = "first"
    second = shell("cat in; exit 4", inputs=[job.Input(name="in", file=job.File(
        output=job.OutputOf(step="first", name="out")))])
    wanted.steps.add().CopyFrom(second.steps[0])
    wanted.steps[1].name = "second"
    wanted.steps[1].needs.append("first")
    return wanted


def checked(said):
    wanted = shell("cat; echo b", cases=[job.Case(input=inline(b"a\n"), answer=inline(said))])
    wanted.steps[0].check.exact.SetInParent()
    return wanted


def judged(status):
    """By a checker of its own."""
    wanted = checked(b"a\n")
    wanted.steps[0].check.checker.CopyFrom(job.Command(argv=["/bin/sh", "-c", f"exit {status}"]))
    return wanted


def talked():
    """Two programs, joined by pipes both ways; small, so that a small worker has room for both."""
    first, second = [job.Command(argv=["/bin/sh", "-c", script],
                                 limits=job.Limits(memory_bytes=64 << 20)) for script in
                     ("echo hello; read answer; test $answer = hello", "read said; echo $said")]
    first.stdin.pipe_from, second.stdin.pipe_from = 1, 0
    return job.Job(steps=[job.Step(name="s", commands=[first, second])])


def cases(count):
    return shell('exit "$1"', cases=[job.Case(args=["s", str(i % 2)]) for i in range(count)])


PASSED = (result.OUTCOME_PASSED, result.VERDICT_OK)
FAILED = (result.OUTCOME_FAILED, result.VERDICT_RUNTIME_ERROR)
# Each job, and what its cases must come to.
KINDS = [
    (shell("exit 0"), [PASSED]),
    (shell("exit 3"), [FAILED]),
    (shell("kill -SEGV $$"), [(result.OUTCOME_FAILED, result.VERDICT_SIGNALED)]),
    (shell("while :; do :; done", limits=job.Limits(cpu_time_ns=20_000_000)),
     [(result.OUTCOME_FAILED, result.VERDICT_TIME_LIMIT)]),
    (checked(b"a\nb\n"), [PASSED]),
    (checked(b"a\nc\n"), [(result.OUTCOME_REJECTED, result.VERDICT_OK)]),
    (two_steps(), [PASSED, FAILED]),
    (cases(4), [PASSED, FAILED] * 2),
    (shell("sleep 0.01 & sleep 0.01 & wait"), [PASSED]),
    (judged(42), [PASSED]),
    (judged(43), [(result.OUTCOME_REJECTED, result.VERDICT_OK)]),
    (talked(), [PASSED]),
    (shell("echo kept", stdout=job.Keep(store=True)), [PASSED]),
]


def is_ours(case):
    """It says that we failed, and blames no program."""
    return case.outcome == result.OUTCOME_ERROR


def failed(answer):
    """Did we fail, with any case or with the whole job?"""
    return answer.done.end == result.END_BROKEN or any(map(is_ours, answer.cases))


def wrong_with(answer, expected, errors_allowed):
    """What is not as it must be, in words; else None."""
    told = sorted(answer.cases, key=lambda case: (case.step, case.case))
    if len(told) != len(expected):
        return f"{len(told)} cases instead of {len(expected)}: {answer}"
    if failed(answer) and not errors_allowed:
        return f"an error of ours: {answer}"
    for case, (outcome, verdict) in zip(told, expected):
        if is_ours(case) or (case.outcome == result.OUTCOME_SKIPPED and failed(answer)):
            continue
        if case.outcome != outcome or case.commands[0].verdict != verdict:
            return f"wrong: {answer}"
    return None


class Load:
    """So many connections, each with some calls at a time. UNAVAILABLE ends one."""

    def __init__(self, address, random, connections=4, calls=2, errors_allowed=True):
        self.errors_allowed = errors_allowed
        self.lock = threading.Lock()
        self.answers, self.errors, self.wrong, self.refusals = 0, 0, [], []
        self.stopping = False
        self.clients = [Client(address) for _ in range(connections)]
        self.threads = [threading.Thread(target=self.work, args=(client, random.randrange(1000)))
                        for client in self.clients for _ in range(calls)]
        for thread in self.threads:
            thread.start()

    def work(self, client, turn):
        while not self.stopping:
            wanted, expected = KINDS[turn % len(KINDS)]
            turn += 1
            try:
                answer = client.run(wanted, timeout=DEADLINE_S)
            except grpc.RpcError as error:
                self.refusals.append(error)
                return
            fault = wrong_with(answer, expected, self.errors_allowed)
            with self.lock:
                self.answers += 1
                self.errors += failed(answer)
                self.wrong += [fault] if fault else []

    def stop(self):
        """No more calls; those under way are waited for."""
        self.stopping = True
        self.join()

    def join(self):
        for thread in self.threads:
            thread.join(DEADLINE_S)
            if thread.is_alive():
                raise AssertionError("a call is never answered")
        for client in self.clients:
            client.close()
