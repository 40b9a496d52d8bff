"""bailiffd when its memory ends at allocation number n, for every n of what clients do with it; when
what it reads and writes is interrupted and moves by halves; and when the clock steps (hamper.c).

A sample of the numbers; all of them with BAILIFF_EVERY_CALL=1 (make faults).
"""

import mmap
import os
import random
import struct
import sys
import unittest

import grpc

from bailiffd import ROOT, DaemonTest, need_root

if ROOT:
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "site"))
    from load import KINDS, failed, two_steps, wrong_with
    from served import Client, result

HAMPER = os.environ.get("HAMPER", "")
FAILS_AT, COUNT, DONE, HALVES, INTERRUPTS, STEP_S = range(6)
STRIDE = 1 if os.environ.get("BAILIFF_EVERY_CALL") == "1" else 37
TOLD = {grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.INTERNAL}
EXPECTED = [(result.OUTCOME_PASSED, result.VERDICT_OK),
            (result.OUTCOME_FAILED, result.VERDICT_RUNTIME_ERROR)] if ROOT else []
CONFIG = "resources: {memory: 1GiB}\npool: {idle: 1s}\n"


@need_root()
@unittest.skipUnless(HAMPER, "HAMPER names no library")
class Hampered(DaemonTest):

    def setUp(self):
        super().setUp()
        with open(self.path("numbers"), "wb+") as file:
            file.write(bytes(48))
            file.flush()
            self.numbers = mmap.mmap(file.fileno(), 48)
        self.addCleanup(self.numbers.close)

    def serve(self):
        self.daemon = self.start(CONFIG, env={**os.environ, "LD_PRELOAD": HAMPER,
                                              "BAILIFF_HAMPER": self.path("numbers")})

    def set(self, number, value):
        struct.pack_into("=Q", self.numbers, 8 * number, value)

    def get(self, number):
        return struct.unpack_from("=Q", self.numbers, 8 * number)[0]

    def client(self):
        client = Client("unix:" + self.socket)
        self.addCleanup(client.close)
        return client


class Memory(Hampered):

    def converse(self, client, wrong):
        """Whatever a client does; each call is answered rightly, or is told that it can't be. How many
        were."""
        def attempt(call):
            try:
                return call()
            except grpc.RpcError as error:
                if error.code() not in TOLD:
                    wrong.append(error)
                return None
        events = attempt(lambda: list(client.watch(two_steps())))
        answer = attempt(lambda: client.run(two_steps()))
        if answer is not None:
            fault = wrong_with(answer, EXPECTED, errors_allowed=True)
            wrong += [fault] if fault else []
        if events is not None and not events[-1].HasField("done"):
            wrong.append(events)
        info = attempt(lambda: client.put(b"x" * 3000))
        data = attempt(lambda: client.get(info.sha256)) if info else None
        if data not in (None, b"x" * 3000):
            wrong.append(data)
        told = [events, answer, info, data, attempt(client.status)]
        return sum(one is not None for one in told) - bool(answer is not None and failed(answer))

    def assert_serves(self):
        wrong = []
        self.set(FAILS_AT, 0)
        self.assertEqual(self.converse(self.client(), wrong), 5)
        self.assertEqual(wrong, [])

    def fail_at(self, number):
        """False: it takes fewer."""
        wrong = []
        self.set(COUNT, 0)
        self.set(FAILS_AT, number)
        self.converse(self.client(), wrong)
        self.set(FAILS_AT, 0)
        self.assertEqual(wrong, [], f"allocation {number}")
        self.assertIsNone(self.daemon.process.poll(), f"allocation {number}: " +
                          "\n".join(self.daemon.lines[-20:]))
        return self.get(COUNT) >= number

    def test_it_may_run_out_anywhere(self):
        self.serve()
        self.assert_serves()
        number = random.SystemRandom().randrange(1, STRIDE + 1)
        tried = 0
        while self.fail_at(number):
            number += STRIDE
            tried += 1
            self.assert_serves()
        print(f"{tried} allocations", file=sys.stderr)
        self.assertGreater(tried, 4)
        self.stop(self.daemon)


class Transfers(Hampered):

    def assert_all_right(self, rounds=1):
        client = self.client()
        for _ in range(rounds):
            for wanted, expected in KINDS:
                self.assertIsNone(wrong_with(client.run(wanted), expected, False))
            data = os.urandom(300_000)
            self.assertEqual(client.get(client.put(data).sha256), data)

    def hamper(self, number, value, least):
        self.serve()
        self.assert_all_right()
        self.set(number, value)
        self.assert_all_right(2)
        self.assertGreater(self.get(DONE), least)
        self.set(number, 0)
        self.stop(self.daemon)

    def test_they_may_move_half(self):
        self.hamper(HALVES, 1, 100)

    def test_they_may_be_interrupted(self):
        self.hamper(INTERRUPTS, 1, 100)

    def test_the_clock_may_step(self):
        self.hamper(STEP_S, 7200, 5)


if __name__ == "__main__":
    unittest.main()
