"""load.py STAND_IN [SECONDS [PER_SECOND]]: mixed requests, right and wrong, at a steady rate. Each is answered
as it should be; meanwhile one client waits, and at the end the process is as large as at the start."""

import os
import select
import socket
import sys
import time

from client import PATIENCE, StandIn, check, figures, finish, parse, read_response, same

seconds = float(sys.argv[2]) if len(sys.argv) > 2 else float(os.environ.get("LIMPET_LOAD_SECONDS", 10))
rate = int(sys.argv[3]) if len(sys.argv) > 3 else 1000
KEPT = 16  # connections that are used again and again

# AddressSanitizer keeps what is freed, as much as that.
os.environ["ASAN_OPTIONS"] = "quarantine_size_mb=1"
server = StandIn(sys.argv[1])
child = server.child()
server.say("quiet")
server.await_line("quiet")

# What is sent, and the status that it must have; None: the connection is closed without a word.
HOST = f"Host: {server.host}\r\n"


def get(target, *headers, method="GET"):
    lines = "".join(f"{header}\r\n" for header in headers)
    return f"{method} {target} HTTP/1.1\r\n{HOST}{lines}\r\n".encode()


MIX = [
    (get("/debug/pprof/cmdline"), 200),
    (get("/metrics"), 200),
    (get("/"), 200),
    (get("/debug/pprof/profile?seconds=1"), 200),
    (get("/pid/12/debug/pprof/heap?debug=1"), 200),
    (get("/debug/pprof/threads"), 200),
    (get("/pprof/symbol", "Content-Length: 7", method="POST") + b"0x1+0x2", 200),
    (get("/debug/pprof/heap/activate", "Content-Length: 0", method="POST"), 200),
    (get("/debug/pprof/"), 200),
    (get("/debug/pprof"), 301),
    (get("/nothing"), 404),
    (get("/name/nobody/debug/pprof/heap"), 404),
    (get("/name/busy/debug/pprof/profile"), 503),
    (get("/debug/pprof/heap?unknown=1"), 400),
    (get("/debug/pprof/profile?seconds=1e9"), 400),
    (get("/pid/../debug/pprof/heap"), 400),
    (get("/debug/pprof/goroutine"), 404),
    (get("/debug/pprof/heap/activate"), 405),
    (get("/debug/pprof/heap/activate", "Origin: http://evil.example", "Content-Length: 0", method="POST"), 403),
    (get("/debug/pprof/profile", "Sec-Fetch-Site: cross-site"), 403),
]
WORST = [
    (b"GET /metrics HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n", {421}),
    (b"GET /metrics HTTP/1.1\r\n" + HOST.encode() * 2 + b"\r\n", {400}),
    (get("/pprof/symbol", "Content-Length: 100000", method="POST"), {413}),
    (b"\x16\x03\x01" + b"\0" * 100 + b"\r\n\r\n", {400, None}),
    (get("/metrics", *[f"X-{n}: y" for n in range(3000)]), {413, 431, None}),
    (get("/name/slow/debug/pprof/profile?seconds=60"), "leave"),
]

connections = [server.connect() for _ in range(KEPT)]
waiting = server.send("GET /name/slow/debug/pprof/profile?seconds=600 HTTP/1.1")


def is_settled():
    """Who has left is not waited for any more: but one client is there, and those of measure()."""
    figure = dict(line.split() for line in server.get("/metrics")[2].decode().splitlines())
    return int(figure["connections"]) <= KEPT + 2


def measure():
    """Resident bytes and descriptors; every connection has been used."""
    deadline = time.monotonic() + PATIENCE
    while not is_settled():
        check("those that left are let go of", time.monotonic() < deadline)
    for connection in connections:
        connection.sendall(MIX[3][0])
        read_response(connection)
    return figures(child)


def worst(number):
    request, expected = WORST[number % len(WORST)]
    if expected == "leave":
        with server.connect() as leaving:
            leaving.sendall(request)
        return request
    answer = server.raw(request)
    found = parse(answer)[0] if answer else None
    check(f"{request[:40]!r}: {found}", found in expected)
    return request


def await_turn(moment):
    left = moment - time.monotonic()
    if left > 0:
        select.select([], [], [], left)


def run(duration, start_number):
    begin = time.monotonic()
    number, worst_wait = start_number, (0.0, b"")
    while True:
        moment = begin + (number - start_number) / rate
        if moment > begin + duration:
            return number, worst_wait
        await_turn(moment)
        before = time.monotonic()
        if number % 10 == 9:
            request = worst(number // 10)
        else:
            request, expected = MIX[number % len(MIX)]
            connection = connections[number % KEPT]
            connection.sendall(request)
            status, _, _, rest = read_response(connection)
            if (status, rest) != (expected, b""):
                same(f"{request[:60]!r}", (expected, b""), (status, rest))
        worst_wait = max(worst_wait, (time.monotonic() - before, request[:50]))
        number += 1


warm, _ = run(6, 0)  # as long as it takes until as many have left as are let go of
resident, descriptors = measure()
begin = time.monotonic()
count, longest = run(seconds, warm)
elapsed = time.monotonic() - begin
resident_after, descriptors_after = measure()
same("every request is answered", 0, waiting in select.select([waiting], [], [], 0)[0])
server.say("answer")
same("who waited all the time", 200, read_response(waiting)[0])
check(f"{descriptors} descriptors, {descriptors_after} after", descriptors_after <= descriptors + 4)
check(f"{resident} bytes resident, {resident_after} after", resident_after <= resident + (512 << 10))
check("the same process", server.child() == child)
print(f"{count - warm} requests in {elapsed:.1f} s ({(count - warm) / elapsed:.0f}/s), "
      f"{longest[0] * 1000:.1f} ms the slowest ({longest[1]!r}); resident {resident >> 10} -> {resident_after >> 10} KiB, "
      f"descriptors {descriptors} -> {descriptors_after}")
server.end()
finish()
