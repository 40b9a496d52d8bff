# Uses no CPU time at all: the wall clock ends it.
import time

while True:
    time.sleep(3600)
