"""ledger_clients.py SOCKET SEED - sends JOBS jobs from LANES clients, kills KILLS of them at moments by
chance, lets them come again for what they were not told, and prints the books as JSON.

A program of its own, because gRPC does not survive a fork: it may be used here only by the clients,
each of which is a process that writes down what it is told, a line each.
"""

import collections
import json
import os
import queue
import random
import selectors
import signal
import sys
import threading

import grpc

from served import DEADLINE_S, Client, shell

JOBS, LANES, CALLS, KILLS = 2000, 20, 8, 60


def exit_of(number):
    return number % 5


def name_of(number):
    return f"job-{number}"


def order(number):
    wanted = shell(f"exit {exit_of(number)}")
    wanted.id = name_of(number)
    wanted.detached = number % 2 == 0
    return wanted


# ---- a client: in a process of its own ----


def send(client, number, tell):
    try:
        for event in client.watch(order(number)):
            if event.number == 0:
                tell("accepted", number, 0)
            if event.WhichOneof("what") == "case_ended":
                code = event.case_ended.commands[0].exit_code
        tell("done", number, code)
    except grpc.RpcError as error:
        tell("failed", number, error.code().value[0])


def be_client(address, numbers, out):
    """Never returns."""
    waiting = queue.SimpleQueue()
    for number in numbers:
        waiting.put(number)
    client = Client(address)

    def tell(what, number, value):
        os.write(out, f"{what} {number} {value}\n".encode())

    def work():
        while True:
            try:
                number = waiting.get_nowait()
            except queue.Empty:
                return
            send(client, number, tell)
    threads = [threading.Thread(target=work) for _ in range(CALLS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    os._exit(0)


class Lane:
    """One client after the other, until nothing is left to be sent."""

    def __init__(self, address, numbers):
        self.address, self.left, self.lives, self.pid = address, set(numbers), 0, None
        self.rest = b""

    def start(self):
        self.read, out = os.pipe()
        self.lives += 1
        self.pid = os.fork()
        if self.pid == 0:
            try:
                be_client(self.address, sorted(self.left), out)
            finally:
                os._exit(1)
        os.close(out)

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)

    def lines(self):
        """What it has written since; None at its end."""
        data = os.read(self.read, 65536)
        if not data:
            os.close(self.read)
            os.waitpid(self.pid, 0)
            self.pid, self.rest = None, b""
            return None
        *lines, self.rest = (self.rest + data).split(b"\n")
        return [line.decode().split() for line in lines]


# ---- who keeps the books ----


def enter(books, lane, line):
    what, number, value = line[0], int(line[1]), int(line[2])
    books[what].append(number)
    if what == "done":
        if value != exit_of(number):
            books["wrong"].append(number)
        lane.left.discard(number)


def keep_books(lanes, chance):
    """Until all clients have ended."""
    books = collections.defaultdict(list)
    kills = sorted(chance.sample(range(JOBS * 2), KILLS))
    seen = 0
    with selectors.PollSelector() as selector:  # epoll's would be shared with the clients
        for lane in lanes:
            lane.start()
            selector.register(lane.read, selectors.EVENT_READ, lane)
        while selector.get_map():
            ready = selector.select(DEADLINE_S)
            if not ready:
                sys.exit("nothing comes any more")
            for key, _ in ready:
                lane, read = key.data, key.fd
                lines = lane.lines()
                if lines is None:
                    selector.unregister(read)
                    if lane.left:
                        lane.start()
                        selector.register(lane.read, selectors.EVENT_READ, lane)
                    continue
                for line in lines:
                    enter(books, lane, line)
                seen += len(lines)
                if kills and kills[0] <= seen:
                    kills.pop(0)
                    lane.kill()
    return books


def main(address, seed):
    lanes = [Lane(address, range(JOBS)[i::LANES]) for i in range(LANES)]
    try:
        books = keep_books(lanes, random.Random(int(seed)))
    finally:
        for lane in lanes:
            if lane.pid:
                lane.kill()
    json.dump({"lives": sum(lane.lives for lane in lanes), **books}, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
