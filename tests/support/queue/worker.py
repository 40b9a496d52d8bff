"""A worker that speaks executor.proto and runs nothing: what becomes of a job its labels say.

    worker.py SOCKET MESSAGES SLOTS RUNS

SOCKET: where it listens. MESSAGES: a folder with the Python form of the .proto files. RUNS: a file
to which the id of each job is appended when it begins. A job's label `do`:

    ok        a result, at once (also without the label)
    hold      a result when the job is cancelled, or when RUNS.<id> exists: with as many bytes as
              it says, where it says a number
    die       the worker kills itself
    busy      RESOURCE_EXHAUSTED with a pushback, the first three times
    lack      FAILED_PRECONDITION
    large     a result of 3 MiB
    N         a number: a result with so many bytes
    refuse    INVALID_ARGUMENT

Its status it tells whenever that changes; where there is a file RUNS.last, with a number in it, no
more once it has told that so many jobs are here.
"""

import collections
import concurrent.futures
import os
import signal
import sys
import threading

import grpc

SOCKET, MESSAGES, SLOTS, RUNS = sys.argv[1:5]
sys.path.insert(0, MESSAGES)
from bailiff.v1 import executor_pb2, job_pb2, result_pb2  # noqa: E402

lock = threading.Condition()
state = {"used": 0, "version": 0, "draining": False}
cancelled = set()
times = collections.Counter()


def change(**new):
    with lock:
        state.update(new, version=state["version"] + 1)
        lock.notify_all()


def occupy(by):
    with lock:
        state["used"] += by
        state["version"] += 1
        lock.notify_all()


def result(job, end=result_pb2.END_COMPLETED, output=b""):
    answer = result_pb2.JobResult(job_id=job.id)
    answer.done.end = end
    answer.done.outcome = result_pb2.OUTCOME_PASSED
    if output:
        command = answer.cases.add().commands.add()
        command.stdout.data = output
        command.stdout.size_bytes = len(output)
    return answer


def hold(job, context):
    while context.is_active() and job.id not in cancelled:
        if os.path.exists(f"{RUNS}.{job.id}"):
            with open(f"{RUNS}.{job.id}", encoding="ascii") as file:
                return result(job, output=b"x" * int(file.read() or 0))
        with lock:
            lock.wait(0.02)
    return result(job, result_pb2.END_CANCELLED)


def act(job, context):
    what = {label.key: label.value for label in job.labels}.get("do", "ok")
    if what == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "hold":
        return hold(job, context)
    if what == "busy" and times[job.id] <= 3:
        context.set_trailing_metadata((("grpc-retry-pushback-ms", "50"),))
        context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "full")
    if what == "lack":
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, "no such file here")
    if what == "refuse":
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, "steps[0]: of no use")
    size = 3 << 20 if what == "large" else int(what) if what.isdigit() else 0
    return result(job, output=b"x" * size)


def run(job, context):
    with open(RUNS, "a", encoding="ascii") as log:
        log.write(f"{job.id}\n")
    times[job.id] += 1
    occupy(1)
    try:
        return act(job, context)
    finally:
        occupy(-1)


def cancel(ref, context):
    with lock:
        cancelled.add(ref.id)
        lock.notify_all()
    return executor_pb2.CancelReply(end=result_pb2.END_CANCELLED)


def is_last(used):
    try:
        with open(RUNS + ".last", encoding="ascii") as file:
            return used == int(file.read())
    except FileNotFoundError:
        return False


def watch_status(_, context):
    seen = told = -1
    while context.is_active():
        with lock:
            if state["version"] == seen or is_last(told):
                lock.wait(0.2)
                continue
            seen, told = state["version"], state["used"]
            status = executor_pb2.WorkerStatus(draining=state["draining"])
            status.slots.used = min(state["used"], int(SLOTS))
            status.slots.total = int(SLOTS)
            status.queue.used = max(0, state["used"] - int(SLOTS))
            status.queue.total = 100
        yield status


def method(kind, call, request):
    return kind(call, request_deserializer=request.FromString,
                response_serializer=lambda message: message.SerializeToString())


handlers = {
    "Run": method(grpc.unary_unary_rpc_method_handler, run, job_pb2.Job),
    "Cancel": method(grpc.unary_unary_rpc_method_handler, cancel, executor_pb2.JobRef),
    "WatchStatus": method(grpc.unary_stream_rpc_method_handler, watch_status,
                          executor_pb2.StatusRequest),
}
server = grpc.server(concurrent.futures.ThreadPoolExecutor(64),
                     options=[("grpc.max_receive_message_length", 32 << 20)])
server.add_generic_rpc_handlers(
    (grpc.method_handlers_generic_handler("bailiff.v1.Executor", handlers),))
if os.path.exists(SOCKET):
    os.unlink(SOCKET)
server.add_insecure_port(f"unix:{SOCKET}")
signal.signal(signal.SIGUSR1, lambda *_: change(draining=True))
server.start()
server.wait_for_termination()
