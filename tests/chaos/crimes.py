"""What chaos does to a worker: each a function of the scene, which it leaves able to go on."""

import os
import signal
import socket
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "e2e", "rpc"))
from frames import BEGIN, DATA, PREFACE, RST_STREAM, SETTINGS, frame, request  # noqa: E402

MIB = 1 << 20


def send(pid, number):
    """To a process of our own; one that is gone by now is none the worse for it."""
    if pid:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


def kill_worker(scene):
    send(scene.supervisor.worker, signal.SIGKILL)


def kill_warden(scene):
    send(scene.supervisor.warden, signal.SIGKILL)


def kill_both(scene):
    """The warden can remove nothing behind the worker."""
    warden = scene.supervisor.warden
    send(warden, signal.SIGSTOP)
    send(scene.supervisor.worker, signal.SIGKILL)
    send(warden, signal.SIGKILL)


def kill_init(scene):
    inits = scene.supervisor.inits()
    if inits:
        send(scene.chance.choice(inits), signal.SIGKILL)


def kill_inits(scene):
    for init in scene.supervisor.inits():
        send(init, signal.SIGKILL)


def kill_client(scene):
    client = scene.chance.choice(scene.clients)
    send(client.process.pid, signal.SIGKILL)


def halt(scene, pid):
    send(pid, signal.SIGSTOP)
    try:
        scene.wait(scene.chance.random() / 2)
    finally:
        send(pid, signal.SIGCONT)


def halt_worker(scene):
    halt(scene, scene.supervisor.worker)


def halt_warden(scene):
    halt(scene, scene.supervisor.warden)


def drain(scene):
    send(scene.supervisor.worker, signal.SIGTERM)


def reload(scene):
    if scene.supervisor.serving:  # before that it has no handler
        send(scene.supervisor.worker, signal.SIGHUP)


def starve(scene):
    """The group above all of it has hardly any memory left, and then none."""
    before = scene.memory.shortages()
    scene.memory.hold(scene.memory.left() - scene.chance.randrange(0, 12) * MIB)
    try:
        scene.wait(scene.chance.random())
        if not scene.memory.run_short(before):
            scene.faults.append("the group's memory can't be made to run short")
    finally:
        scene.memory.give_back()


def pester(scene):
    """Clients that break the protocol, stall, and go without a word."""
    chance = scene.chance
    words = [os.urandom(chance.randrange(1, 4000)), PREFACE, BEGIN, BEGIN + frame(SETTINGS, 0, 1),
             BEGIN + request(1, b"/bailiff.v1.Executor/Run"),
             BEGIN + request(1, b"/bailiff.v1.Executor/Watch") +
             frame(DATA, 1, 1, b"\0\0\0\0\x09" + os.urandom(9)),
             BEGIN + b"".join(request(number, b"/bailiff.v1.Executor/Status") +
                              frame(RST_STREAM, 0, number, b"\0\0\0\x08")
                              for number in range(1, 99, 2))]
    for _ in range(chance.randrange(1, 12)):
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(1)
        try:
            sock.connect(scene.socket)
            sock.sendall(chance.choice(words))
        except OSError:
            pass  # no worker there now, or it has had enough of us
        scene.pests.append(sock)
    for sock in scene.pests[:-20]:
        sock.close()
    del scene.pests[:-20]


# How often each is chosen; whether it may cost jobs that run their outcome.
CRIMES = [
    (kill_worker, 3, True), (kill_warden, 3, True), (kill_both, 2, True), (kill_init, 12, True),
    (kill_inits, 3, True), (starve, 4, True), (drain, 2, True), (kill_client, 6, False),
    (halt_worker, 2, False), (halt_warden, 2, False), (reload, 2, False), (pester, 6, False),
]
