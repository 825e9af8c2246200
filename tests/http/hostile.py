"""hostile.py STAND_IN: clients that break the rules, dawdle or leave; the others do not notice."""

import os
import select
import socket
import sys
import threading
import time

from client import StandIn, check, figures, finish, parse, read_all, read_response, same

server = StandIn(sys.argv[1])
host = server.host.encode()
child = server.child()


def alive(after):
    """Others are served at once, and by the same process."""
    begin = time.monotonic()
    same(f"served after {after}", 200, server.get("/debug/pprof/cmdline")[0])
    check(f"quickly after {after}", time.monotonic() - begin < 5)
    check(f"no crash after {after}", os.path.exists(f"/proc/{child}"))


def refused(what, request, *statuses):
    """Such an answer, or none at all: the connection is closed in any case."""
    answer = server.raw(request)
    found = parse(answer)[0] if answer else None
    check(f"{what}: {found} is one of {statuses}", found in statuses)


def request(line, *headers):
    return b"\r\n".join([line, b"Host: " + host, *headers, b"", b""])


# Framing, as in request smuggling.
chunks = b"0\r\n\r\nGET /metrics HTTP/1.1\r\nHost: " + host + b"\r\n\r\n"
post = b"POST /pprof/symbol HTTP/1.1"
for what, head, statuses in (
    ("two lengths", request(post, b"Content-Length: 3", b"Content-Length: 30"), (400,)),
    ("length and chunks", request(post, b"Content-Length: 3", b"Transfer-Encoding: chunked"), (400,)),
    ("unknown encoding", request(post, b"Transfer-Encoding: xchunked"), (501, 400)),
    ("two encodings", request(post, b"Transfer-Encoding: chunked", b"Transfer-Encoding: x"), (501, 400)),
    ("a negative length", request(post, b"Content-Length: -5"), (400,)),
    ("no number", request(post, b"Content-Length: 0x10"), (400,)),
    ("a length without end", request(post, b"Content-Length: " + b"9" * 40), (400, 413)),
    ("a wrong chunk", request(post, b"Transfer-Encoding: chunked") + b"zz\r\n", (400, None)),
):
    answer = server.raw(head + chunks)
    found = parse(answer)[0] if answer else None
    check(f"{what}: {found} is one of {statuses}", found in statuses)
    check(f"{what}: nothing behind it is answered", b" 200 OK" not in answer)
alive("smuggling")

# Lines and sizes.
close = b"Connection: close"
refused("two hosts", request(b"GET /metrics HTTP/1.1", b"Host: " + host, close), 400)
refused("no host", b"GET /metrics HTTP/1.1\r\n\r\n", 400)
refused("absolute elsewhere", request(b"GET http://evil.example/metrics HTTP/1.1", close), 421)
refused("no path", request(b"GET * HTTP/1.1", close), 400)
refused("a tunnel", request(b"CONNECT localhost:22 HTTP/1.1", close), 400, 405)
refused("no HTTP", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 500 + b"\r\n\r\n", 400, None)
refused("HTTP/3.7", request(b"GET /metrics HTTP/3.7", close), 505, 400)
refused("a long target", request(b"GET /" + b"a" * 200000 + b" HTTP/1.1"), 414, 431, None)
refused("a long header", request(b"GET / HTTP/1.1", b"X: " + b"a" * 200000), 431, 413, None)
refused("10000 headers", request(b"GET / HTTP/1.1", *[b"X-%d: y" % i for i in range(10000)]), 431, 413, None)
refused("200 headers", request(b"GET / HTTP/1.1", *[b"X-%d: y" % i for i in range(200)]), 431)
refused("a long query", request(b"GET /metrics?" + b"a&" * 20000 + b" HTTP/1.1"), 400, 413, 414, 431, None)
alive("lines that are too long")

# Paths. NUL ends what libmicrohttpd hands on: nothing behind it is looked at.
for path, statuses in (
    (b"/pid/1/../2/debug/pprof/", (404,)),
    (b"/pid/%2e%2e/debug/pprof/", (400,)),
    (b"/%2e%2e/%2e%2e/etc/passwd", (404,)),
    (b"/../../etc/passwd", (404,)),
    (b"/debug%2fpprof%2fheap", (404,)),
    (b"/debug/pprof/heap%00", (404,)),
    (b"/debug/pprof/heap\0.svg", (200, 400)),
    (b"/name/a%2f..%2fb/debug/pprof/heap", (400,)),
    (b"/name/%00/debug/pprof/heap", (400,)),
    (b"/name/" + b"a" * 64 + b"/debug/pprof/heap", (400,)),
    (b"/\\..\\..\\etc", (404,)),
    (b"//etc/passwd", (404,)),
    (b"/\xff\xfe", (404,)),
):
    refused(repr(path), request(b"GET " + path + b" HTTP/1.1", close), *statuses)
alive("paths")

# Bodies that are too long are not taken; as chunks, too, whose end nobody knows.
refused("a long body", request(post, b"Content-Length: 10000000") + b"0" * 100000, 413)
endless = b"".join(b"1000\r\n" + b"0" * 4096 + b"\r\n" for _ in range(100))
refused("endless chunks", request(post, b"Transfer-Encoding: chunked") + endless, 413, None)
refused("a body of GET", request(b"GET /metrics HTTP/1.1", b"Content-Length: 5", close) + b"hello", 400)
alive("bodies")

# Who leaves while there is something to wait for is told at once; half of it, too.
slow = "GET /name/slow/debug/pprof/profile?seconds=60 HTTP/1.1"
while not server.lines.empty():
    server.line()
connection = server.send(slow)
server.await_line("question")
connection.close()
server.await_line("left ")
connection = server.send(slow)
connection.shutdown(socket.SHUT_WR)
server.await_line("left ")
server.say("answer")
same("half a client gets what there is", 200, read_response(connection)[0])
connection.close()
connection = server.send(slow)
server.await_line("question")
connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
connection.close()
server.await_line("left ")
server.say("answer")  # which nobody waits for
server.await_line("answer")
answer = server.raw(request(b"GET /debug/pprof/cmdline HTTP/1.0"), half_close=True)
same("a client that is done with talking", b"stand-in", parse(answer)[2])
waiting = [server.send(slow) for _ in range(20)]
for connection in waiting:
    connection.close()
for _ in waiting:
    server.await_line("left ")
alive("clients that left")

# While one waits, others are served; and what it sends meanwhile is kept for later.
connection = server.send(slow, request(b"GET /debug/pprof/cmdline HTTP/1.1"))
alive("a pipeline that waits")
server.say("answer")
rest = b""
while b"stand-in" not in rest:
    part = connection.recv(65536)
    check("the pipeline goes on", part)
    if not part:
        break
    rest += part
same("both answers", 2, rest.count(b"HTTP/1.1 200 OK"))
connection.close()

# Who takes nothing of an answer holds nobody up.
deaf = []
for _ in range(20):
    connection = socket.socket(server.family, socket.SOCK_STREAM)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
    connection.connect(server.place)
    connection.sendall(request(b"GET /debug/pprof/profile HTTP/1.1") * 50)
    deaf.append(connection)
alive("clients that do not listen")
for connection in deaf:
    connection.close()

# More than there is room for, each with the start of a request: the slowest make room.
dawdlers = []
for _ in range(400):
    connection = server.connect()
    connection.sendall(b"GET /metrics HTTP/1.1\r\nHost: ")
    dawdlers.append(connection)


def dribble(stop):
    while not stop.wait(0.2):
        for each in dawdlers:
            try:
                each.send(b"a")
            except OSError:
                pass


stop = threading.Event()
thread = threading.Thread(target=dribble, args=(stop,))
thread.start()
deadline = time.monotonic() + 20
status = 503
while status != 200 and time.monotonic() < deadline:
    answer = server.raw(request(b"GET /debug/pprof/cmdline HTTP/1.1", close))
    status = parse(answer)[0] if answer else 503
    check("an answer while it is full", status in (200, 503))
same("a slow loris is overtaken", 200, status)
alive("400 slow clients")
ends = [read_all(connection)[9:12] for connection in dawdlers]
stop.set()
thread.join()
check("all hear of their end", set(ends) <= {b"408", b"503", b""})
check(f"the most are told why: {ends.count(b'')} of 400 are not", ends.count(b"") < 40)
check("some for being slow", ends.count(b"408") > 100)
server.say("counts")
check("some were refused", int(server.await_line("refused").split()[1]) > 0)

# Nothing of all that is left.
deadline = time.monotonic() + 20
while time.monotonic() < deadline:
    resident, descriptors = figures(child)
    if descriptors <= 12:
        break
    server.get("/debug/pprof/cmdline")
check(f"{descriptors} descriptors are left", descriptors <= 12)
check("the same process", server.child() == child)
server.end()

# Where there are no more descriptors nobody spins, nothing ends, and it goes on when there are some.
server = StandIn(sys.argv[1], limit=20)
host = server.host.encode()
child = server.child()


def ticks():
    with open(f"/proc/{child}/stat") as file:
        return sum(int(field) for field in file.read().rsplit(")", 1)[1].split()[11:13])


many = [server.connect() for _ in range(30)]
for connection in many[:10]:
    connection.sendall(request(b"GET /debug/pprof/profile HTTP/1.1"))
statuses = {read_response(connection)[0] for connection in many[:10]}
check(f"{statuses}: an answer or a reason", statuses <= {200, 503} and 503 in statuses)
spent = ticks()
select.select([many[-1]], [], [], 1)  # which is not accepted
check(f"{ticks() - spent} ticks for nothing", ticks() - spent < 50)
for connection in many[:20]:
    connection.close()
for connection in many[20:]:
    connection.sendall(request(b"GET /debug/pprof/cmdline HTTP/1.1"))
    same("accepted later", 200, read_response(connection)[0])
    connection.close()
alive("want of descriptors")
server.end()
finish()
