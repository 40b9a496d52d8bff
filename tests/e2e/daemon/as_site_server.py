#!/usr/bin/python3 -B
"""as_site_server.py [--KEY NUMBER]... FOLDER ADDRESS... - bailiffd in the place of site_server, so that
what is promised of a site (tests/e2e/site) is tried on the whole worker: confined, configured, and with
its sockets passed. Keys as tests/support/server/main_site_server.c tells them."""

import os
import socket
import sys

BAILIFFD = os.environ.get(
    "BAILIFFD",
    os.path.join(os.path.dirname(__file__), "..", "..", "..", "build", "bin", "bailiffd"))
TOKEN = "a-token-that-nobody-knows"


def listen(address):
    """A socket that listens there, and the address as it came to be."""
    if address.startswith("unix:"):
        if os.path.exists(address[5:]):  # of one that was killed
            os.unlink(address[5:])
        sock = socket.socket(socket.AF_UNIX)
        sock.bind(address[5:])
        os.chmod(address[5:], 0o666)
        sock.listen(512)
        return sock, address
    host, _, port = address.rpartition(":")
    sock = socket.create_server((host, int(port)), backlog=512)
    return sock, "%s:%d" % sock.getsockname()


def configuration(folder, keys):
    """The text of bailiffd.yaml."""
    sections = {
        "listen": "[]",
        "user": "nobody",
        "access": f"{{tokens: {folder}.tokens}}",
        "state": f"{{directory: {folder}, store_size: 256MiB, store_files: 10000, "
                 f"spool_size: {keys.get('spool', '256MiB')}}}",
        "resources": "{worker_cores: 0, share_cores: true, slots: %s, memory: %s}" % (
            keys.get("slots", "2"), keys.get("memory", "auto")),
        "pool": "{idle: 1s}",  # tests wait until nothing more is held than before
        "drain": keys.get("drain-ms", "10000") + "ms",
        "queue": "{jobs: %s, tenant_jobs: %s, alone: %sms}" % (
            keys.get("queue", "20000"), keys.get("tenant-queue", keys.get("queue", "auto")),
            keys.get("alone-ms", "10000")),
        "results": "{memory: %s, jobs: %s, keep: %sms}" % (
            keys.get("events", "64MiB"), keys.get("jobs", "100000"),
            keys.get("keep-ms", "600000")),
    }
    if "ceiling" in keys:
        sections["ceilings"] = "{memory: %s}" % keys["ceiling"]
    # What is tried comes from one address, which is not to be turned away for what it did before.
    sections["rpc"] = "{connection_rate: 100000, connection_burst: 1000000%s}" % (
        ", memory: %s, connections: 200" % keys["buffered"] if "buffered" in keys else "")
    if "fetch" in keys:
        sections["fetch"] = "{internal_urls: [\"http://127.0.0.1:%s/\"], size: 64MiB}" % keys["fetch"]
    return "".join(f"{key}: {value}\n" for key, value in sections.items())


def main():
    words, keys = sys.argv[1:], {}
    while words[0].startswith("--"):
        keys[words[0][2:]] = words[1]
        words = words[2:]
    folder, addresses = words[0], words[1:]
    os.chmod(os.path.dirname(folder), 0o755)
    with open(folder + ".tokens", "w", encoding="ascii") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(TOKEN + "\n")
    with open(folder + ".yaml", "w", encoding="ascii") as file:
        file.write(configuration(folder, keys))
    for number, address in enumerate(addresses):
        sock, told = listen(address)
        os.dup2(sock.fileno(), 100 + number)
        print(told, flush=True)
    for number in range(len(addresses)):
        os.dup2(100 + number, 3 + number)  # inheritable
    os.closerange(3 + len(addresses), 200)
    os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(addresses)))
    os.execv(BAILIFFD, [BAILIFFD, "--config", folder + ".yaml"])


main()
