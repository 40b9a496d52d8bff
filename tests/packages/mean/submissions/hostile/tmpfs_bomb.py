# @EXPECTED_RESULTS@: MEMORY-LIMIT, RUN-ERROR, OUTPUT-LIMIT
# Files in memory are memory, and there is an end to them.
import os

for place in "/dev/shm", "/tmp", "/box":
    for i in range(1000):
        with open(os.path.join(place, str(i)), "wb") as out:
            out.write(b"x" * (512 * 1024))
