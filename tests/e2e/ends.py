"""Whoever ends a test by a signal gets what one that fails leaves: nothing.

Imported by what all tests of a folder share. SIGINT, SIGTERM and SIGHUP fail the test that runs, so
that it cleans up (its processes end, its folders go), and none begins after it. A folder that is
made outside of a test is removed at the program's exit, which comes then.
"""
import atexit
import os
import shutil
import signal
import tempfile
import unittest


class Ended(Exception):
    """By a signal."""


class _State:
    ended = False


def _on_signal(number, _):
    if not _State.ended:  # what cleans up is not to be disturbed
        _State.ended = True
        raise Ended(signal.Signals(number).name)


def _run(self, result=None, run=unittest.TestCase.run):
    if not _State.ended:
        result = run(self, result)
    if _State.ended and result is not None:
        result.stop()
    return result


def folder(prefix):
    """A folder that is there as long as this program is; its path."""
    path = tempfile.mkdtemp(prefix=prefix)
    owner = os.getpid()

    def remove():
        if os.getpid() == owner:  # and not a fork of it
            shutil.rmtree(path, ignore_errors=True)
    atexit.register(remove)
    return path


unittest.TestCase.run = _run
for _number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    if signal.getsignal(_number) != signal.SIG_IGN:  # as in the background of a shell
        signal.signal(_number, _on_signal)
