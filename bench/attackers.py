#!/usr/bin/env python3
"""attackers.py KIND SOCKET - a client of bailiffd that does it harm, until it is killed.

For bench/siege.c. Prints one line when its connections stand and the harm has begun. At the lowest
priority: what is to be measured is what the worker does because of it, not what it computes itself,
on a machine of its own in real life.
"""
import os
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "e2e",
                                "rpc"))
from frames import BEGIN, DATA, PING, PREFACE, RST_STREAM, SETTINGS, frame, request  # noqa: E402

KIND, SOCKET = sys.argv[1:]
WATCH, GET = b"/bailiff.v1.Executor/Watch", b"/bailiff.v1.Files/Get"
NO_WINDOW = frame(SETTINGS, 0, 0, struct.pack(">HI", 4, 0))
CANCEL = b"\0\0\0\x08"


def field(number, data):
    """One length-delimited field of protobuf."""
    head, length = bytes([number << 3 | 2]), len(data)
    while length > 127:
        head, length = head + bytes([length & 127 | 128]), length >> 7
    return head + bytes([length]) + data


def message(data):
    return b"\0" + struct.pack(">I", len(data)) + data


JOB = message(field(2, b"hostile") + field(9, field(1, b"s") + field(2, field(1, b"/bin/true"))))


def call(stream, path=WATCH, data=JOB):
    return request(stream, path) + frame(DATA, 1, stream, data)


def connect():
    sock = socket.socket(socket.AF_UNIX)
    sock.connect(SOCKET)  # waits where too many do already
    sock.settimeout(5)
    return sock


def send(sock, data):
    """False: it has had enough of us."""
    try:
        sock.sendall(data)
        return True
    except OSError:
        return False


def begun():
    print("begun", flush=True)


def hold(socks):
    begun()
    while socks:
        time.sleep(1)  # there is nothing to wait for


def again_and_again(data, connections=8):
    """Sends it as fast as it is taken; who is thrown out comes back."""
    socks = [connect() for _ in range(connections)]
    begun()
    while True:
        for number, sock in enumerate(socks):
            if not send(sock, BEGIN + data):
                sock.close()
                socks[number] = connect()


def stall():
    """Half of a preface, of headers, of a message: 60 connections of each."""
    halves = (PREFACE[:10], BEGIN + request(1, WATCH, flags=0),
              BEGIN + request(1, WATCH) + frame(DATA, 0, 1, JOB[:-3]))
    socks = [connect() for _ in range(180)]
    for number, sock in enumerate(socks):
        send(sock, halves[number % 3])
    hold(socks)


def flood():
    again_and_again(frame(PING, 0, 0, b"12345678") * 400 + frame(SETTINGS) * 100)


def reset():
    again_and_again(b"".join(call(i) + frame(RST_STREAM, 0, i, CANCEL) for i in range(1, 401, 2)))


def halves():
    """Half frames, and then the end of the connection."""
    whole, cut = BEGIN + call(1), 0
    begun()
    while True:
        with connect() as sock:
            send(sock, whole[:len(BEGIN) + cut])
        cut = (cut + 1) % (len(whole) - len(BEGIN))


def files():
    """A client of the kind that behaves."""
    import grpc
    channel = grpc.insecure_channel("unix:" + SOCKET)
    return channel.stream_unary("/bailiff.v1.Files/Put")


def unread():
    """A thousand streams, each of a file, of which nothing is taken."""
    info = files()(iter([field(3, os.urandom(2 << 20))]))
    get = message(info[:34])  # its digest, which has the same number there
    socks = [connect() for _ in range(10)]
    for number, sock in enumerate(socks):
        send(sock, (BEGIN if number % 2 else PREFACE + NO_WINDOW) +
             b"".join(call(i, GET, get) for i in range(1, 201, 2)))
    hold(socks)


def garbage():
    again_and_again(os.urandom(1 << 16))


def upload():
    """Nothing forbidden: files, in the largest pieces there may be."""
    put, piece = files(), field(3, bytes(4 << 20))
    begun()
    while True:
        put(iter([piece] * 8))


os.nice(19)
globals()[KIND]()
