"""How slow this machine is: what a deadline, or a limit that only keeps a test from hanging, is
multiplied with; and how one waits on it."""

import os
import time

# In the guest of tests/vm, which has one emulated CPU, a process starts 27 times as slowly.
SLOWNESS = 20 if "RUN_IN_VM" in os.environ else 1
DEADLINE_S = 300 * SLOWNESS  # of what takes seconds, on a machine that is busy with other things


def wait_until(condition, what, deadline_s=DEADLINE_S):
    """Polls until condition() is true, and returns what it returned. Fails the test where it has not
    come true by the deadline."""
    end = time.monotonic() + deadline_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited in vain, {deadline_s} s: {what}")
        time.sleep(0.005)
