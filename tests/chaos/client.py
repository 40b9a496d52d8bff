"""client.py ADDRESS PREFIX - a client of chaos: runs the jobs whose numbers it reads on standard input,
"NUMBER ATTEMPT" a line, and writes a line of the ledger for whatever it is told:

    accepted NUMBER ATTEMPT            its first event has come
    done NUMBER ATTEMPT                the outcome, and it is what it must be
    wrong NUMBER ATTEMPT TEXT          the outcome, and it is not
    ours NUMBER ATTEMPT BEGAN TEXT     the outcome: we failed
    lost NUMBER ATTEMPT BEGAN CODE     no outcome: the call was cut off with this status
    given-up NUMBER ATTEMPT            cancelled by this client, and it is over

BEGAN is when the call was made, by CLOCK_MONOTONIC. At the end of its input it ends when all is
told. It may be killed at any moment. gRPC is used in here only, for it does not survive a fork.
"""

import os
import queue
import random
import sys
import threading
import time

import grpc

from jobs import PROGRAMS, HOSTILE, failed, kind_of
from served import SLOWNESS, Client, executor, result

THREADS = 4
DEADLINE_S = 120 * SLOWNESS


def tell(*words):
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def put_programs(client):
    """Those of hostile jobs, where the worker's store has lost them."""
    for name in {argv[0] for argv, _, _ in HOSTILE}:
        with open(os.path.join(PROGRAMS, name), "rb") as file:
            client.put(file.read())


def gather(events, on_first):
    """A stream of events as one JobResult."""
    whole = result.JobResult()
    for event in events:
        if event.number == 0:
            on_first()
        what = event.WhichOneof("what")
        if what == "case_ended":
            whole.cases.append(event.case_ended)
        elif what == "done":
            whole.done.CopyFrom(event.done)
    return whole


def way_of(message, number):
    """The same whenever a job is sent again: by its name, not by the moment."""
    chance = random.Random(message.id)
    message.detached = number % 2 == 0
    if chance.random() < 0.08:
        return cancel
    if message.detached:
        return chance.choice([watch, run, leave_and_come_again])
    return chance.choice([watch, watch, run])


def call(client, name, message):
    return client.method(name)(message, timeout=DEADLINE_S, wait_for_ready=True)


def watch(client, message, entry):
    whole = gather(call(client, "Executor/Watch", message), lambda: tell("accepted", *entry))
    assert whole.done.end, "a stream without an end"
    return whole


def run(client, message, _):
    return call(client, "Executor/Run", message)


def accepted(client, message, entry):
    events = call(client, "Executor/Watch", message)
    next(events)
    tell("accepted", *entry)
    return events


def leave_and_come_again(client, message, entry):
    """Hears that a detached job was accepted, leaves, and asks for its result."""
    accepted(client, message, entry).cancel()
    return call(client, "Executor/Result", executor.JobRef(id=message.id))


def cancel(client, message, entry):
    events = accepted(client, message, entry)
    call(client, "Executor/Cancel", executor.JobRef(id=message.id))
    events.cancel()


def carry_out(client, prefix, entry):
    _, message, wanted = kind_of(entry[0])
    message.id = f"{prefix}-{entry[0]}-{entry[1]}"
    began = time.monotonic()
    try:
        try:
            answer = way_of(message, entry[0])(client, message, entry)
        except grpc.RpcError as error:
            if error.code() != grpc.StatusCode.FAILED_PRECONDITION:
                raise
            put_programs(client)
            answer = way_of(message, entry[0])(client, message, entry)
        if answer is None:
            tell("given-up", *entry)
        elif failed(answer):
            tell("ours", *entry, began, repr(str(answer))[:3000])
        else:
            fault = wanted(answer)
            tell(*(("wrong", *entry, repr(fault)[:3000]) if fault else ("done", *entry)))
    except grpc.RpcError as error:
        tell("lost", *entry, began, error.code().name, error.details())


def work(client, prefix, orders):
    while True:
        entry = orders.get()
        if entry is None:
            return
        try:
            carry_out(client, prefix, entry)
        except BaseException as error:  # pylint: disable=broad-except
            tell("wrong", *entry, repr(error)[:3000])


def main(address, prefix):
    orders = queue.Queue()
    client = Client(address)
    threads = [threading.Thread(target=work, args=(client, prefix, orders)) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for line in sys.stdin:
        orders.put(tuple(map(int, line.split())))
    for _ in threads:
        orders.put(None)
    for thread in threads:
        thread.join()
    client.close()
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
