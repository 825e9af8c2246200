"""load.py STAND_IN [SECONDS [PER_SECOND]]: mixed requests, right and wrong, at a steady rate. Each is answered
as it should be; meanwhile one client waits, and at the end the process is as large as at the start."""

import os
import select
import sys
import time

from client import PATIENCE, StandIn, check, figures, finish, read_response, same
from mix import DAWDLERS, KEPT, Load, refused, request, worst

seconds = float(sys.argv[2]) if len(sys.argv) > 2 else float(os.environ.get("LIMPET_LOAD_SECONDS", 10))
rate = int(sys.argv[3]) if len(sys.argv) > 3 else 1000

# AddressSanitizer keeps what is freed, as much as that.
os.environ["ASAN_OPTIONS"] = "quarantine_size_mb=1"
server = StandIn(sys.argv[1])
child = server.child()
server.say("quiet")
server.await_line("quiet")
host = server.host
PROFILE = (request(host, "/debug/pprof/profile?seconds=1"), 200)

load = Load(server, rate, [
    (request(host, "/debug/pprof/cmdline"), 200),
    (request(host, "/metrics"), 200),
    (request(host, "/"), 200),
    PROFILE,
    (request(host, "/pid/12/debug/pprof/heap?debug=1"), 200),
    (request(host, "/debug/pprof/threads"), 200),
    (request(host, "/pprof/symbol", "Content-Length: 7", method="POST", body=b"0x1+0x2"), 200),
    (request(host, "/debug/pprof/heap/activate", "Content-Length: 0", method="POST"), 200),
    (request(host, "/debug/pprof/"), 200),
    (request(host, "/debug/pprof"), 301),
    (request(host, "/name/busy/debug/pprof/profile"), 503),
    *refused(host),
], worst(host, "/name/slow/debug/pprof/profile?seconds=60"))
waiting = server.send("GET /name/slow/debug/pprof/profile?seconds=600 HTTP/1.1")


def is_settled():
    """Who has left is not waited for any more: but those are there that stay, and those of measure()."""
    figure = dict(line.split() for line in server.get("/metrics")[2].decode().splitlines())
    return int(figure["connections"]) <= KEPT + DAWDLERS + 2


def measure():
    """Resident bytes and descriptors; every connection has been used."""
    deadline = time.monotonic() + PATIENCE
    while not is_settled():
        check("those that left are let go of", time.monotonic() < deadline)
    for kept in load.kept:
        load.ask(load.await_free(), PROFILE)
    load.settle()
    return figures(child)


load.run(6)  # as long as it takes until as many have left as are let go of
resident, descriptors = measure()
reached = load.run(seconds)
summary = load.told(reached)
resident_after, descriptors_after = measure()
same("every request is answered", 0, waiting in select.select([waiting], [], [], 0)[0])
server.say("answer")
same("who waited all the time", 200, read_response(waiting)[0])
check(f"{descriptors} descriptors, {descriptors_after} after", descriptors_after <= descriptors + DAWDLERS + 4)
check(f"{resident} bytes resident, {resident_after} after", resident_after <= resident + (512 << 10))
check("the same process", server.child() == child)
print(f"{summary}; resident {resident >> 10} -> {resident_after >> 10} KiB, "
      f"descriptors {descriptors} -> {descriptors_after}")
server.end()
finish()
