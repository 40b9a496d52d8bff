# @EXPECTED_RESULTS@: OUTPUT-LIMIT
import os

block = b"\xff\x00\x1b[2J" * 10000
while True:
    os.write(1, block)
    os.write(2, block)
