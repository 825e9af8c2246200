"""requests.py STAND_IN: what clients get, header by header, and who gets nothing."""

import base64
import os
import stat
import subprocess
import sys
import tempfile

from client import PATIENCE, StandIn, check, finish, parse, read_all, read_response, same

program = sys.argv[1]
folder = tempfile.TemporaryDirectory()
server = StandIn(program, "127.0.0.1:0", "-", "-", "profiler.example")
port = server.place[1]


def status_of(*arguments, **keywords):
    return server.get(*arguments, **keywords)[0]


# What every answer says of itself.
for target in ("/", "/metrics", "/debug/pprof/profile", "/debug/pprof/profile.svg", "/nothing"):
    status, headers, _ = server.get(target)
    for name, value in {
        "x-content-type-options": "nosniff",
        "cache-control": "no-store",
        "referrer-policy": "same-origin",
        "x-frame-options": "DENY",
        "cross-origin-resource-policy": "same-origin",
    }.items():
        same(f"{name} of {target}", value, headers.get(name))
    check(f"policy of {target}", "default-src 'none'" in headers["content-security-policy"])
    same(f"X-Go-Pprof of {target}", "1" if status != 200 else None, headers.get("x-go-pprof"))

# Formats.
for target, kind, disposition, body in (
    ("/debug/pprof/profile?seconds=1", "application/octet-stream",
     'attachment; filename="profile.pb.gz"', b"p" * 100000),
    ("/debug/pprof/profile?format=svg", "image/svg+xml", None, b"s" * 100000),
    ("/debug/pprof/profile?debug=1", "text/plain; charset=utf-8", None, b"s" * 100000),
    ("/pprof/heap", "text/plain; charset=utf-8", None, b"s" * 100000),
    ("/debug/pprof/threads", "text/plain; charset=utf-8", None, b"t" * 100000),
    ("/debug/pprof/cmdline", "text/plain; charset=utf-8", None, b"stand-in"),
):
    status, headers, found = server.get(target)
    same(f"status of {target}", 200, status)
    same(f"type of {target}", kind, headers["content-type"])
    same(f"disposition of {target}", disposition, headers.get("content-disposition"))
    check(f"body of {target}", found == body)
same("type of the metrics", "application/openmetrics-text; version=1.0.0; charset=utf-8",
     server.get("/metrics")[1]["content-type"])
svg_policy = server.get("/debug/pprof/heap.svg")[1]["content-security-policy"]
check("a picture's script is in nobody's origin", svg_policy.startswith("sandbox allow-scripts;"))

# Errors are one line, which go tool pprof prints.
status, headers, body = server.get("/debug/pprof/heap?nonsense=1")
same("an error", (400, b"unknown parameter 'nonsense'\n"), (status, body))
status, headers, body = server.get("/name/busy/debug/pprof/heap")
same("busy", (503, "7", b"another capture goes on\n"),
     (status, headers.get("retry-after"), body))
same("no process", 404, status_of("/name/nobody/debug/pprof/heap"))
status, headers, _ = server.get("/debug/pprof")
same("moved", (301, "/debug/pprof/"), (status, headers.get("location")))
status, headers, _ = server.get("/metrics", method="DELETE")
same("method", (405, "GET, HEAD"), (status, headers.get("allow")))

# HEAD is GET without a body; what takes long is not made for it.
connection = server.connect()
for target in ("/debug/pprof/cmdline", "/metrics"):
    connection.sendall(f"HEAD {target} HTTP/1.1\r\nHost: {server.host}\r\n\r\n".encode())
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += connection.recv(4096)
    same(f"HEAD of {target}", (200, b""), (parse(answer)[0], parse(answer)[2]))
connection.close()
status, headers, body = server.get("/name/slow/debug/pprof/profile?seconds=60", method="HEAD")
same("HEAD of a capture", (200, "application/octet-stream", b""),
     (status, headers["content-type"], body))

# Kept connections, pipelines, and refusals in between.
connection = server.connect()
for target, expected in (("/debug/pprof/cmdline", 200), ("/nothing", 404),
                         ("/debug/pprof/heap?x", 400), ("/debug/pprof/cmdline", 200)):
    connection.sendall(f"GET {target} HTTP/1.1\r\nHost: {server.host}\r\n\r\n".encode())
    same(f"{target} on a kept connection", expected, read_response(connection)[0])
connection.sendall(
    f"GET /debug/pprof/cmdline HTTP/1.1\r\nHost: {server.host}\r\n\r\n".encode() * 20
)
rest = b""
for number in range(20):
    while b"stand-in" not in rest:
        rest += connection.recv(65536)
    check("an answer in a pipeline", rest.startswith(b"HTTP/1.1 200 OK"))
    rest = rest.split(b"stand-in", 1)[1]
same("nothing follows a pipeline", b"", rest)
connection.close()

# HTTP/1.0 has no Host, and ends with its answer.
answer = server.raw(b"GET /debug/pprof/cmdline HTTP/1.0\r\n\r\n")
same("HTTP/1.0", (200, b"stand-in"), (parse(answer)[0], parse(answer)[2]))

# Symbols, and bodies.
for body, expected in ((b"0x1+0x2", 200), (b"", 200), (b"x" * 65536, 200), (b"hello", 400)):
    status = status_of("/pprof/symbol", f"Content-Length: {len(body)}", method="POST", body=body)
    same(f"symbols of {body[:10]}", expected, status)
same("a long body", 413, status_of("/pprof/symbol", "Content-Length: 65537", method="POST"))
chunked = b"7\r\n0x1+0x2\r\n0\r\n\r\n"
same("chunks", 200, status_of("/pprof/symbol", "Transfer-Encoding: chunked", method="POST",
                              body=chunked))
connection = server.connect()
connection.sendall(
    f"POST /pprof/symbol HTTP/1.1\r\nHost: {server.host}\r\nContent-Length: 5\r\n"
    "Expect: 100-continue\r\n\r\n".encode()
)
check("100 Continue", connection.recv(100).startswith(b"HTTP/1.1 100 "))
connection.sendall(b"0x1+1")
same("after 100 Continue", 200, read_response(connection)[0])
connection.close()
server.await_line("question")

# Hosts, origins, and what browsers say: the rules themselves are unit tests.
for host, expected in ((f"localhost:{port}", 200), (f"[::1]:{port}", 200),
                       ("profiler.example", 200), ("evil.example", 421),
                       (f"evil.example:{port}", 421), ("localhost", 421)):
    same(f"Host: {host}", expected, status_of("/metrics", host=host))
activate = "/name/redis/debug/pprof/heap/activate"
for headers, expected in (
    ([], 200),
    ([f"Origin: http://localhost:{port}"], 200),
    (["Origin: http://evil.example"], 403),
    (["Origin: null"], 403),
    (["Sec-Fetch-Site: cross-site"], 403),
):
    same(f"POST with {headers}", expected,
         status_of(activate, "Content-Length: 0", *headers, method="POST"))
same("GET changes nothing", 405, status_of(activate))
status, headers, _ = server.get(activate, "Content-Length: 0", "Accept: text/html", method="POST")
same("a form leads back", (303, "/name/redis/debug/pprof/"), (status, headers.get("location")))
counts = dict(line.split() for line in server.get("/metrics")[2].decode().splitlines())
check("refusals are counted", int(counts["answered_4"]) >= 10)
same("and connections", "1", counts["connections"])
server.end()

# The file of a unix socket is its owner's.
path = os.path.join(folder.name, "socket")
server = StandIn(program, "unix:" + path)
same("mode of the socket", 0o600, stat.S_IMODE(os.stat(path).st_mode))
same("any Host on a unix socket", 200, status_of("/debug/pprof/cmdline", host="whatever"))
curl = subprocess.run(
    ["curl", "-sS", "--unix-socket", path, "http://localhost/debug/pprof/cmdline"],
    capture_output=True, timeout=PATIENCE, check=False)
same("curl", b"stand-in", curl.stdout)
server.end()
check("the socket is removed", not os.path.exists(path))

# Tokens.
token_file = os.path.join(folder.name, "token")
with open(token_file, "w") as file:
    file.write("0123456789abcdef0123456789abcdef\n")
os.chmod(token_file, 0o644)
try:
    StandIn(program, "127.0.0.1:0", token_file)
    check("a token that others may read is refused", False)
except RuntimeError as error:
    check("and why", "others may read" in str(error) and "0123" not in str(error))
os.chmod(token_file, 0o600)
server = StandIn(program, "127.0.0.1:0", token_file)
token = "0123456789abcdef0123456789abcdef"
basic = base64.b64encode(f"limpet:{token}".encode()).decode()
status, headers, _ = server.get("/metrics")
same("no token", 401, status)
check("what is asked for", headers["www-authenticate"].startswith("Basic realm="))
for value, expected in ((f"Bearer {token}", 200), (f"Basic {basic}", 200),
                        (f"Bearer {token[:-1]}", 401), (f"Bearer {token}x", 401)):
    same(value[:12], expected, status_of("/metrics", f"Authorization: {value}"))
curl = subprocess.run(["curl", "-sS", "-u", f"x:{token}", server.url + "debug/pprof/cmdline"],
                      capture_output=True, timeout=PATIENCE, check=False)
same("curl with a token", b"stand-in", curl.stdout)
check("the token is on no command line", not any(
    token.encode() in open(f"/proc/{pid}/{name}", "rb").read()
    for pid in (server.process.pid, server.child()) for name in ("cmdline", "environ")))
server.end()

# Beyond loopback: both, or not at all.
for arguments in (["-", "beyond"], [token_file, "-"], ["-", "-"]):
    try:
        StandIn(program, "0.0.0.0:0", *arguments)
        check(f"0.0.0.0 with {arguments}", False)
    except RuntimeError as error:
        check("a usage error", str(error).startswith("error 2 "))
server = StandIn(program, "0.0.0.0:0", token_file, "beyond")
server.place = ("127.0.0.1", server.place[1])
server.host = f"127.0.0.1:{server.place[1]}"
same("beyond, with a token", 200, status_of("/metrics", f"Authorization: Bearer {token}"))
same("beyond, without", 401, status_of("/metrics"))

# Whoever it serves hears of its end.
os.kill(server.child(), 9)
same("the end", "ended", server.await_line("ended"))
server.process.wait(timeout=PATIENCE)
finish()
