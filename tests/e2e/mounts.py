"""The mounts of this host, for tests after which there must be as many as before."""

import os
import tempfile


# Of tests that mount something themselves, and may run beside this one.
OTHERS = tuple(os.path.join(tempfile.gettempdir(), name)
               for name in ("bailiffd-", "bailiff-site-", "bailiff-chaos-", "store-full-"))


def mounts(own=""):
    """Where, and what, but for other tests' folders; own: this test's."""
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        lines = [line.split(" ", 4)[4] for line in file]
    return sorted(line for line in lines if own and own in line or not line.startswith(OTHERS))
