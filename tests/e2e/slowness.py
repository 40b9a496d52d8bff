"""How slow this machine is: what a deadline, or a limit that only keeps a test from hanging, is
multiplied with."""

import os

# In the guest of tests/vm, which has one emulated CPU, a process starts 27 times as slowly.
SLOWNESS = 20 if "RUN_IN_VM" in os.environ else 1
