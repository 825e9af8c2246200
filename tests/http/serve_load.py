"""serve_load.py URL LIMPET-PID SECONDS PER_SECOND: mixed requests to a real `limpet serve`, as of load.py, while a
capture of its one process goes on all the time, and heap dumps, stacks and names are asked for. Each is answered
as it should be, and limpet's processes stay as large as they are."""

import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../push"))
import pprof
from client import PATIENCE, Client, check, figures, finish, same
from mix import Kept, Load, refused, request, worst

url, limpet, seconds, rate = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
CAPTURE = 2  # s
PAUSE = 0.5  # s, between two things that interrupt it
# Bytes: less than 50 a request of the long run. The one that is attached goes on meeting stacks and names, which
# it keeps.
GROWTH = [3 << 20, 3 << 20, 8 << 20]

server = Client(url)
host = server.host
BUSY = (request(host, "/debug/pprof/profile?seconds=1"), None)
PAGE = (request(host, "/"), 200)
MIX = [
    (request(host, "/debug/pprof/cmdline"), 200),
    (request(host, "/metrics"), 200),
    PAGE,
    BUSY,
    (request(host, "/debug/pprof/"), 200),
    (request(host, "/debug/pprof"), 301),
    (request(host, "/pprof/symbol"), 200),
    (request(host, "/pid/1/debug/pprof/cmdline"), 404),
    *refused(host),
]
CAPTURED = (request(host, f"/debug/pprof/profile?seconds={CAPTURE}"), 200)
BETWEEN = [
    (request(host, "/debug/pprof/heap"), 200),
    (request(host, "/debug/pprof/threads"), 200),
    (request(host, "/pprof/symbol", "Content-Length: 14", method="POST", body=b"0x1000+0x20000"), 200),
    (request(host, "/pprof/heap"), 200),
]


class ServeLoad(Load):
    def __init__(self):
        super().__init__(server, rate, MIX, worst(host, "/metrics"))
        self.capturer, self.asker = Kept(server), Kept(server)
        self.captures, self.asked, self.shortest = 0, 0, 1e9
        self.capturing = self.known = False  # known: the page has told of it since
        self.busy, self.ask_at, self.stopped = 0, 0.0, False

    def choose(self):
        asked = super().choose()
        # Only while it is certain that there is a capture in the way.
        if asked is BUSY and not (self.known and time.monotonic() < self.capturer.sent + CAPTURE / 2):
            return PAGE
        self.busy += asked is BUSY
        return asked

    def meanwhile(self):
        now = time.monotonic()
        if not self.capturing and not self.busy and not self.stopped:
            self.capturing, self.known = True, False
            self.ask(self.capturer, CAPTURED)
        if self.asker.socket.fileno() not in self.waiting and now >= self.ask_at and not self.stopped:
            self.ask(self.asker, BETWEEN[self.asked % len(BETWEEN)])
            self.asked += 1

    def answered(self, kept, status, body):
        now = time.monotonic()
        if kept is self.capturer:
            self.capturing = False
            duration = pprof.Profile(body).duration / 1e9 if status == 200 else 0
            self.captures += 1
            self.shortest = min(self.shortest, duration)
            check(f"a capture is complete: {duration}", CAPTURE * 0.99 <= duration <= CAPTURE * 5)
        elif kept is self.asker:
            self.ask_at = now + PAUSE
            check(f"an answer to {kept.asked[0][:40]!r}", body)
        elif kept.asked is BUSY:
            self.busy -= 1
            # One that was read so late that the capture had ended by then is one itself.
            check(f"a second capture: {status}", status == 503 or
                  status == 200 and now > self.capturer.sent + CAPTURE)
        elif kept.asked is PAGE and kept.sent > self.capturer.sent and b"now: cpu" in body:
            self.known = self.capturing

    def stop(self):
        """Lets what goes on come to its end."""
        self.stopped = True
        deadline = time.monotonic() + PATIENCE
        while self.waiting and time.monotonic() < deadline:
            self.take_until(time.monotonic() + 0.01)
        self.stopped = False
        same("what is not answered", [], [kept.asked[0][:60] for kept in self.waiting.values()])


def parts():
    """Those that stay: serve's own, the one that talks to clients, the one that is attached."""
    children = []
    for child in open(f"/proc/{limpet}/task/{limpet}/children", encoding="ascii").read().split():
        children.append(int(child))
    return [limpet, *children]


load = ServeLoad()
load.run(4)
load.stop()
processes = parts()
same("limpet's processes", 3, len(processes))
before = [figures(process)[0] for process in processes]
load.captures = load.asked = 0
reached = load.run(seconds)
summary = load.told(reached)
load.stop()
same("the same processes", processes, parts())
after = [figures(process)[0] for process in processes]
check(f"{before} bytes resident, {after} after", all(b <= a + c for a, b, c in zip(before, after, GROWTH)))
check(f"{load.captures} captures", load.captures >= 2)
check(f"{load.asked} asked between", load.asked >= len(BETWEEN))
print(f"{summary}; {load.captures} captures of {load.shortest:.2f} s at least, {load.asked} dumps, stacks and names; "
      f"resident KiB {' '.join(f'{a >> 10} -> {b >> 10}' for a, b in zip(before, after))}")
finish()
