"""Where figures come from: the machine, how busy it was, and the commit."""
import os
import platform
import subprocess


def cpu_model():
    """The processor's name; arm64 kernels give none, then the architecture."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            for line in file:
                if line.startswith("model name"):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.machine()


def describe():
    """What a reader needs before comparing: a figure of a busy machine is worth little."""
    return {
        "cpu": cpu_model(),
        "cores": len(os.sched_getaffinity(0)),
        "kernel": platform.release(),
        "load_at_start": [round(load, 2) for load in os.getloadavg()],
    }


def git(folder, *arguments):
    # Without locks: root would leave its own index in somebody's checkout.
    done = subprocess.run(["git", "--no-optional-locks", "-C", folder, *arguments],
                          capture_output=True, text=True, check=True)
    return done.stdout.strip()


def commit(folder):
    """{id, changed}: the checkout's commit and whether files differ from it; None without git."""
    try:
        return {"id": git(folder, "rev-parse", "HEAD"),
                "changed": bool(git(folder, "status", "--porcelain", "--untracked-files=no"))}
    except (OSError, subprocess.SubprocessError):
        return None
