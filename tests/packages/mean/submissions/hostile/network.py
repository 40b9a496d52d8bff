# @EXPECTED_RESULTS@: RUN-ERROR
# Would ask a friend. There is no one to be reached, not even on this machine.
import socket
import sys

reached = 0
for address in ("127.0.0.1", 22), ("127.0.0.1", 80), ("1.1.1.1", 53), ("169.254.169.254", 80):
    try:
        socket.create_connection(address, 0.2).close()
        reached += 1
    except OSError:
        pass
sys.exit(0 if reached else 9)
