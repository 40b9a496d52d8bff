#!/usr/bin/python3 -B
"""clients.py PLACE - tries a bailiffd with gRPC's Python library, as any user has it: cases.json.

PLACE is a file of JSON that tells how to reach the worker (test_stock.py writes it). Prints a line
`NAME ok` for each case, or `NAME: what went wrong`. It forks nothing: gRPC does not survive that.
"""

import base64
import hashlib
import json
import os
import signal
import sys
import threading
import traceback

import grpc
from google.protobuf import json_format

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "site"))
from served import (DEADLINE_S, METHODS, OPTIONS, Client, descendants, executor, inline,  # noqa: E402
                    job, named, result, shell, wait_until)

HERE = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(HERE, "cases.json"), encoding="utf-8") as file:
    PLAN = json.load(file)
with open(sys.argv[1], encoding="utf-8") as file:
    PLACE = json.load(file)
LONG = "exec sleep 1000"
Status = grpc.StatusCode


def read(path):
    if not path:
        return None
    with open(path, "rb") as file:
        return file.read()


class Stock(Client):
    """One connection in the way that PLACE tells; `changes` are for those who must not come in."""

    def __init__(self, **changes):
        place = dict(PLACE, **changes)
        if place["authority"]:
            self.channel = grpc.secure_channel(place["address"], grpc.ssl_channel_credentials(
                read(place["authority"]), read(place["key"]), read(place["certificate"])), OPTIONS)
        else:
            self.channel = grpc.insecure_channel(place["address"], OPTIONS)
        self.metadata = [("authorization", "Bearer " + place["token"])] if place["token"] else []

    def raw(self, path, kind="unary_unary"):
        """Bytes there, bytes back."""
        method = getattr(self.channel, kind)(path)
        return lambda message, **options: method(message, metadata=self.metadata,
                                                 timeout=DEADLINE_S, **options)

    def method(self, name):
        kind, request, answer = METHODS[name]
        called = getattr(self.channel, kind)(
            "/bailiff.v1." + name, request_serializer=request.SerializeToString,
            response_deserializer=answer.FromString)

        def call(message, timeout=DEADLINE_S):
            return called(message, timeout=timeout, metadata=self.metadata)

        def future(message, timeout=DEADLINE_S):
            return called.future(message, timeout=timeout, metadata=self.metadata)
        call.future = future
        return call

    def idle(self):
        def look():
            status = self.status()
            return status.slots.used == 0 and status.queue.used == 0
        wait_until(look, "slots and queue to be empty")


def equal(got, wanted):
    if got != wanted:
        raise AssertionError(f"{got!r} instead of {wanted!r}")


def ends_with(status, function, *args, **options):
    """The error of a call that must end so."""
    try:
        answer = function(*args, **options)
        if hasattr(answer, "__next__"):
            list(answer)
    except grpc.RpcError as error:
        if error.code() != status:
            raise
        return error
    raise AssertionError("it answered, instead of " + str(status))


def until(events, kind):
    """Reads on until an event of that kind."""
    for event in events:
        if event.WhichOneof("what") == kind:
            return event
    raise AssertionError("no event " + kind)


def one(command):
    """A job of one command, as cases.json tells it."""
    return json_format.ParseDict({"steps": [{"name": "s", "commands": [command]}]}, job.Job())


def init_of(program):
    """The first process of the sandbox in which a program of that name runs."""
    def look():
        for warden in descendants(PLACE["pid"])[:1]:
            for pid in descendants(warden):
                if named(pid, program):
                    return pid
        return None
    return wait_until(look, "the program")


class Cases:
    def credentials(self, client):
        equal([tenant.name for tenant in client.status().tenants] or [PLACE["tenant"]],
              [PLACE["tenant"]])
        for changes in PLACE["refused"]:
            stranger = Stock(**changes["with"])
            ends_with(Status[changes["status"]], stranger.status)
            stranger.close()
        client.status()

    def health_and_reflection(self, client):
        equal(client.raw("/grpc.health.v1.Health/Check")(b""), b"\x08\x01")
        ask = client.raw("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
                         "stream_stream")
        for service in (b"bailiff.v1.Executor", b"bailiff.v1.Files"):
            assert service in next(ask(iter([b"\x3a\0"])))

    def every_verdict(self, client):
        equal({"VERDICT_" + name for name in PLAN["verdicts"]} | {"VERDICT_UNSPECIFIED"},
              set(result.Verdict.keys()))
        for name, command in PLAN["verdicts"].items():
            call = client.method("Executor/Watch")(one(command))
            first = next(call)
            if name == "CANCELLED":
                until(call, "started")
                client.call("Executor/Cancel", client.ref(first.job_id))
            elif name == "SANDBOX_ERROR":
                os.kill(init_of("sleep"), signal.SIGKILL)
            case = until(call, "case_ended").case_ended
            done = until(call, "done").done
            equal((name, result.Verdict.Name(case.commands[0].verdict)), (name, "VERDICT_" + name))
            equal(case.outcome, {"OK": result.OUTCOME_PASSED, "CANCELLED": result.OUTCOME_CANCELLED,
                                 "SANDBOX_ERROR": result.OUTCOME_ERROR}.get(
                                     name, result.OUTCOME_FAILED))
            equal(done.outcome, case.outcome)

    def sixteen_mebibytes(self, client):
        largest = 16 << 20
        wanted = shell("wc -c < data", stdout=job.Keep(return_bytes=20))
        wanted.steps[0].commands[0].inputs.add(name="data", file=inline(b""))
        source = wanted.steps[0].commands[0].inputs[0].file
        source.inline = os.urandom(largest - 200)
        source.inline += bytes(largest - wanted.ByteSize())
        equal(wanted.ByteSize(), largest)
        answer = client.run(wanted)
        equal(int(answer.cases[0].commands[0].stdout.data), len(source.inline))
        source.inline += b"x"
        ends_with(Status.INVALID_ARGUMENT, client.run, wanted)
        source.inline += bytes(2 << 20)
        ends_with(Status.RESOURCE_EXHAUSTED, client.run, wanted)
        # The other way: four cases of 3 MiB in one answer.
        size = (3 << 20) - 4096
        wanted = shell(f"head -c {size} /dev/zero", stdout=job.Keep(return_bytes=size),
                       cases=[job.Case()] * 4)
        answer = client.run(wanted)
        equal([len(case.commands[0].stdout.data) for case in answer.cases], [size] * 4)

    def two_thousand_results(self, client):
        wanted = json_format.ParseDict(PLAN["many"], job.Job())
        wanted.steps[0].cases.extend(job.Case(name=str(i)) for i in range(2000))
        events = list(client.watch(wanted, timeout=300))
        equal([event.number for event in events], list(range(2004)))
        ended = [event.case_ended for event in events if event.WhichOneof("what") == "case_ended"]
        equal({(case.case, case.case_name, case.outcome) for case in ended},
              {(i, str(i), result.OUTCOME_PASSED) for i in range(2000)})
        equal(events[-1].done.counts.passed, 2000)

    def files_both_ways(self, client):
        data = os.urandom(5 << 20)
        info = client.put(data)
        equal((info.size_bytes, info.was_there), (len(data), False))
        equal(client.put(data).was_there, True)
        equal(client.get(info.sha256), data)
        equal(client.get(info.sha256, offset=1000, length=10), data[1000:1010])
        wanted = shell("wc -c < data", stdout=job.Keep(return_bytes=20), inputs=[
            job.Input(name="data", file=job.File(sha256=info.sha256))])
        equal(int(client.run(wanted).cases[0].commands[0].stdout.data), len(data))

    def deadline(self, client):
        ends_with(Status.DEADLINE_EXCEEDED, client.run, shell(LONG), timeout=0.4)
        ends_with(Status.DEADLINE_EXCEEDED, client.watch, shell(LONG), timeout=0.4)
        client.idle()
        late = shell(LONG)
        late.deadline_ns = 300_000_000
        answer = client.run(late)
        equal((answer.done.end, answer.cases[0].outcome),
              (result.END_EXPIRED, result.OUTCOME_CANCELLED))

    def cancel_at_every_phase(self, client):
        self.cancel_a_file_that_comes(client)
        watch = client.method("Executor/Watch")
        compiling = json_format.ParseDict({"steps": [{"name": "c", "commands": [{
            "compile": {"language": "c"}, "inputs": [{"name": "/app/a.c", "file": {
                "inline": base64.b64encode(b'#include "/dev/zero"\n').decode()}}]}]}]}, job.Job())
        checking = shell("exit 0", cases=[job.Case(input=inline(b""))])
        checking.steps[0].check.checker.argv[:] = ["/bin/sh", "-c", LONG]
        telling = shell('[ "$1" = 0 ] || exec sleep 1000', cases=[
            job.Case(args=["s", str(i)]) for i in range(3)])
        for wanted, event, program in ((shell(LONG), "queued", None), (shell(LONG), "started", None),
                                       (shell(LONG), "started", "sleep"),
                                       (compiling, "started", "cc1"), (checking, "started", "sleep"),
                                       (telling, "case_ended", None)):
            call = watch(wanted)
            until(call, event)
            if program:
                wait_until(lambda: named(PLACE["pid"], program), program)
            call.cancel()
            ends_with(Status.CANCELLED, lambda: list(call))
            client.idle()
        # In the queue, behind as many as there are slots.
        running = [watch(shell(LONG)) for _ in range(client.status().slots.total)]
        for call in running:
            until(call, "started")
        waiting = watch(shell(LONG))
        until(waiting, "queued")
        wait_until(lambda: client.status().queue.used == 1, "a job in the queue")
        waiting.cancel()
        wait_until(lambda: client.status().queue.used == 0, "an empty queue")
        for call in running:
            call.cancel()
        client.idle()
        # Unary, and by another call; what is over already stays as it is.
        call = client.method("Executor/Run").future(shell(LONG))
        wait_until(lambda: client.status().slots.used == 1, "its start")
        call.cancel()
        client.idle()
        wanted = shell(LONG)
        wanted.id = os.urandom(8).hex()  # or it is forgotten as soon as its watcher has seen all
        call = watch(wanted)
        ref = client.ref(next(call).job_id)
        equal(client.call("Executor/Cancel", ref).end, result.END_CANCELLED)
        equal(until(call, "done").done.end, result.END_CANCELLED)
        equal(client.call("Executor/Cancel", ref).end, result.END_CANCELLED)
        wanted = shell("exit 0")
        wanted.id = os.urandom(8).hex()
        call = watch(wanted)
        ref = client.ref(until(call, "done").job_id)
        call.cancel()
        equal(client.call("Executor/Cancel", ref).end, result.END_COMPLETED)

    def cancel_a_file_that_comes(self, client):
        """Nothing of it is there then, and the next one who brings it need not wait."""
        data = os.urandom(100000)
        begun, go = threading.Event(), threading.Event()

        def chunks():
            yield executor.PutChunk(sha256=hashlib.sha256(data).digest(), size_bytes=len(data))
            yield executor.PutChunk(data=data[:50000])
            begun.set()
            go.wait(DEADLINE_S)
        call = client.method("Files/Put").future(chunks())
        begun.wait(DEADLINE_S)
        call.cancel()
        go.set()
        equal(call.code(), Status.CANCELLED)
        equal(client.put(data).was_there, False)
        equal(client.get(hashlib.sha256(data).digest()), data)

    def lost_connection(self, client):
        other = Stock()
        call = other.watch(shell(LONG))
        until(call, "started")
        other.close()
        client.idle()

    def unknown_method(self, client):
        for path in ("/bailiff.v1.Executor/Nothing", "/bailiff.v1.Nobody/Run", "/Run", "/"):
            ends_with(Status.UNIMPLEMENTED, client.raw(path), b"")
            ends_with(Status.UNIMPLEMENTED, client.raw(path, "stream_stream"), iter([b"x" * 100000]))

    def malformed_message(self, client):
        for method in PLAN["requests"]:
            for message in PLAN["malformed"]:
                ends_with(Status.INVALID_ARGUMENT, client.raw("/bailiff.v1." + method),
                          base64.b64decode(message))
        equal(client.run(shell("exit 0")).done.outcome, result.OUTCOME_PASSED)

    def refusals(self, client):
        told = ends_with(Status.INVALID_ARGUMENT, client.run, job.Job(
            steps=[job.Step(name="a", commands=[job.Command(argv=["x"])]),
                   job.Step(name="b", commands=[job.Command()])]))
        assert "steps[1].commands[0].argv" in told.details(), told
        ends_with(Status.NOT_FOUND, client.call, "Executor/Result", client.ref("nosuch"))
        ends_with(Status.FAILED_PRECONDITION, client.run, shell("", profile="nosuch"))
        ends_with(Status.NOT_FOUND, client.get, bytes(32))

    def drain(self, client):
        """What runs goes on to its end, what comes is turned away; the process ends behind it."""
        call = client.watch(shell("sleep 1; echo done", stdout=job.Keep(return_bytes=9)))
        until(call, "started")
        os.kill(PLACE["pid"], signal.SIGTERM)

        def refused():
            late = Stock()
            try:
                late.status()
            except grpc.RpcError as error:
                equal(error.code(), Status.UNAVAILABLE)
                return True
            finally:
                late.close()
            return False
        wait_until(refused, "its being closed")
        case = until(call, "case_ended").case_ended
        equal((case.outcome, case.commands[0].stdout.data), (result.OUTCOME_PASSED, b"done\n"))
        until(call, "done")


def main():
    client = Stock()
    for name in PLACE["cases"]:
        try:
            getattr(Cases(), name)(client)
            print(name, "ok", flush=True)
        except Exception:
            print(name + ": " + traceback.format_exc().replace("\n", " | "), flush=True)
    client.close()


main()
