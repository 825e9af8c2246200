"""Requests, right and wrong, at a steady rate: what load.py and serve_load.py have in common."""

import select
import time

from client import PATIENCE, check, parse, read_all, same

KEPT = 16  # connections that are used again and again
DAWDLERS = 20  # that send a byte now and then, and never a whole head


def request(host, target, *headers, method="GET", body=b""):
    lines = "".join(f"{header}\r\n" for header in headers)
    return f"{method} {target} HTTP/1.1\r\nHost: {host}\r\n{lines}\r\n".encode() + body


def refused(host):
    """What no server answers otherwise, whatever it serves: requests, and their status."""
    return [
        (request(host, "/nothing"), 404),
        (request(host, "/name/nobody/debug/pprof/heap"), 404),
        (request(host, "/debug/pprof/heap?unknown=1"), 400),
        (request(host, "/debug/pprof/profile?seconds=1e9"), 400),
        (request(host, "/pid/../debug/pprof/heap"), 400),
        (request(host, "/../../etc/passwd"), 404),
        (request(host, "/%2e%2e/%2e%2e/etc/passwd"), 404),
        (request(host, "/name/a%2f..%2fb/debug/pprof/heap"), 400),
        (request(host, "/debug%2fpprof%2fheap"), 404),
        (request(host, "/debug/pprof/goroutine"), 404),
        (request(host, "/debug/pprof/heap/activate"), 405),
        (request(host, "/debug/pprof/heap/activate", "Origin: http://evil.example", "Content-Length: 0",
                 method="POST"), 403),
        (request(host, "/debug/pprof/profile", "Sec-Fetch-Site: cross-site"), 403),
    ]


def worst(host, left):
    """What costs the connection, and the statuses it may have; None: closed without a word. left: what is
    asked for by a client that leaves; the last but one closes its half only, which takes nothing from it."""
    return [
        (b"GET /metrics HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n", {421}),
        (request(host, "/metrics", f"Host: {host}"), {400}),
        (request(host, "/pprof/symbol", "Content-Length: 100000", method="POST"), {413}),
        (b"\x16\x03\x01" + b"\0" * 100 + b"\r\n\r\n", {400, None}),
        (request(host, "/metrics", *[f"X-{n}: y" for n in range(3000)]), {413, 431, None}),
        (request(host, "/" + "a" * 100000), {414, 431, None}),
        (request(host, "/debug/pprof/cmdline", "Connection: close"), {200}, "half"),
        (request(host, left), set(), "leave"),
    ]


class Kept:
    """A connection with one request at a time."""

    def __init__(self, server):
        self.socket = server.connect()
        self.asked, self.answer, self.sent = None, b"", 0.0

    def ask(self, asked):
        self.asked, self.answer, self.sent = asked, b"", time.monotonic()
        self.socket.sendall(asked[0])

    def take(self):
        """The response, once all of it is there: status, headers, body."""
        part = self.socket.recv(1 << 20)
        if not part:
            raise ValueError(f"closed after {self.answer[:100]!r}, asked {self.asked[0][:60]!r}")
        self.answer += part
        if b"\r\n\r\n" not in self.answer:
            return None
        status, headers, body = parse(self.answer)
        if len(body) < int(headers["content-length"]):
            return None
        same(f"nothing behind the answer to {self.asked[0][:60]!r}", int(headers["content-length"]), len(body))
        return status, headers, body


class Load:
    """mix: requests with the status that each must have. worst: as worst() has them, of which every tenth
    request is one."""

    def __init__(self, server, rate, mix, worst_ones):
        self.server, self.rate, self.mix, self.worst = server, rate, mix, worst_ones
        self.number = 0
        self.poll, self.waiting = select.poll(), {}
        self.kept = [Kept(server) for _ in range(KEPT)]
        self.free = list(self.kept)
        self.dawdlers = [None] * DAWDLERS
        self.times = []

    # What a test adds.

    def choose(self):
        """What is asked next."""
        return self.mix[self.number % len(self.mix)]

    def answered(self, kept, status, body):
        """The status has been looked at, if there was one to expect."""

    def meanwhile(self):
        """Between two requests."""

    def ask(self, kept, asked):
        self.waiting[kept.socket.fileno()] = kept
        self.poll.register(kept.socket, select.POLLIN)
        kept.ask(asked)

    def take_until(self, moment):
        """Answers that come; at least once, even if the moment has passed."""
        while True:
            left = max(0, moment - time.monotonic())
            ready = self.poll.poll(left * 1000)
            for descriptor, _ in ready:
                self.take(self.waiting[descriptor])
            if time.monotonic() >= moment:
                return

    def take(self, kept):
        response = kept.take()
        if not response:
            return
        status, _, body = response
        self.poll.unregister(kept.socket)
        del self.waiting[kept.socket.fileno()]
        if kept in self.kept:
            self.times.append((time.monotonic() - kept.sent, kept.asked[0][:50]))
            self.free.append(kept)
        if kept.asked[1] is not None and kept.asked[1] != status:
            same(f"{kept.asked[0][:60]!r} ({body[:100]!r})", kept.asked[1], status)
        self.answered(kept, status, body)

    def await_free(self):
        deadline = time.monotonic() + PATIENCE
        while not self.free:
            self.take_until(time.monotonic() + 0.01)
            if time.monotonic() > deadline:
                raise TimeoutError(f"no answer to {[kept.asked[0][:60] for kept in self.kept]}")
        return self.free.pop(0)  # the one that was idle for longest: none is for too long

    def settle(self):
        """All that was asked is answered."""
        free = [self.await_free() for _ in self.kept]
        self.free = free

    def send_worst(self, sent, statuses, manner=""):
        begin = time.monotonic()
        if manner == "leave":
            with self.server.connect() as leaving:
                leaving.sendall(sent)
            return
        answer = self.server.raw(sent, half_close=manner == "half")
        found = parse(answer)[0] if answer else None
        check(f"{sent[:40]!r}: {found} is one of {statuses}", found in statuses)
        self.times.append((time.monotonic() - begin, sent[:50]))

    def dawdle(self, number):
        """One that was told of its end, or just closed, is followed by the next."""
        slow = self.dawdlers[number % DAWDLERS]
        if not slow:
            slow = self.dawdlers[number % DAWDLERS] = self.server.connect()
            slow.sendall(b"GET /metrics HTTP/1.1\r\nHost: ")
        elif select.select([slow], [], [], 0)[0]:
            answer = read_all(slow)[9:12]
            check(f"one that is slow is told {answer!r}", answer in (b"408", b"503", b""))
            self.dawdlers[number % DAWDLERS] = None
        else:
            try:
                slow.send(b"a")
            except OSError:
                pass

    def run(self, seconds):
        """How many a second it was; fewer than wanted where the machine does not get on."""
        begin, first = time.monotonic(), self.number
        self.times = []
        while self.number - first < seconds * self.rate and time.monotonic() < begin + seconds:
            self.take_until(begin + (self.number - first) / self.rate)
            self.meanwhile()
            if self.number % 10 == 9:
                self.send_worst(*self.worst[self.number // 10 % len(self.worst)])
                self.dawdle(self.number // 10)
            else:
                kept = self.await_free()
                self.ask(kept, self.choose())
            self.number += 1
        self.settle()
        return (self.number - first) / (time.monotonic() - begin)

    def told(self, reached):
        times = sorted(self.times)
        half, most, longest = times[len(times) // 2], times[len(times) * 99 // 100], times[-1]
        return (f"{len(times)} requests, {reached:.0f}/s; ms: p50 {half[0] * 1000:.1f}, p99 {most[0] * 1000:.1f}, "
                f"{longest[0] * 1000:.1f} the slowest ({longest[1]!r})")
