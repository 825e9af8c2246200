"""A stand-in server, and clients that say what they please."""

import os
import queue
import socket
import subprocess
import sys
import threading

PATIENCE = 20  # s: how long a test waits in vain


class Client:
    """Of a server at that URL."""

    def __init__(self, url):
        self.url = url
        if url.startswith("http://"):
            host, port = url[len("http://") :].rstrip("/").rsplit(":", 1)
            self.family, self.place = socket.AF_INET, (host, int(port))
            self.host = f"{host}:{port}"
        else:
            self.family, self.place = socket.AF_UNIX, url[len("unix:") :]
            self.host = "localhost"

    def connect(self):
        connection = socket.socket(self.family, socket.SOCK_STREAM)
        connection.settimeout(PATIENCE)
        connection.connect(self.place)
        return connection

    def send(self, head, body=b""):
        """A connection to which a head with a right Host was sent."""
        connection = self.connect()
        connection.sendall(f"{head}\r\nHost: {self.host}\r\n\r\n".encode() + body)
        return connection

    def raw(self, request, half_close=False):
        """All that is answered to these bytes until the server closes."""
        connection = self.connect()
        try:
            connection.sendall(request)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
        except (BrokenPipeError, ConnectionResetError):
            pass
        return read_all(connection)

    def get(self, target, *headers, method="GET", host=None, body=b"", version="1.1"):
        """Status, headers (lower case), body of one request."""
        lines = [f"{method} {target} HTTP/{version}", f"Host: {host or self.host}", *headers]
        head = "\r\n".join([*lines, "Connection: close"]) + "\r\n\r\n"
        return parse(self.raw(head.encode() + body))


class StandIn(Client):
    def __init__(self, program, address="127.0.0.1:0", *arguments, limit=None):
        """limit: of descriptors, of each process."""
        command = [program, address, *arguments]
        if limit:
            command = ["prlimit", f"--nofile={limit}:{limit}", *command]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.lines = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        first = self.line()
        if not first.startswith("ready "):
            raise RuntimeError(first)
        super().__init__(first.split()[1])

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(line.decode().rstrip("\n"))

    def line(self):
        return self.lines.get(timeout=PATIENCE)

    def await_line(self, start):
        """The next line that starts so; what comes before is dropped."""
        while True:
            line = self.line()
            if line.startswith(start):
                return line

    def say(self, command):
        self.process.stdin.write(command.encode() + b"\n")
        self.process.stdin.flush()

    def child(self):
        path = f"/proc/{self.process.pid}/task/{self.process.pid}/children"
        with open(path) as file:
            return int(file.read().split()[0])

    def end(self):
        self.process.stdin.close()
        if self.process.wait(timeout=PATIENCE) != 0:
            raise RuntimeError(f"the stand-in ended with {self.process.returncode}")


def read_all(connection):
    answer = b""
    with connection:
        while True:
            try:
                part = connection.recv(65536)
            except ConnectionResetError:
                break
            if not part:
                break
            answer += part
    return answer


def parse(answer):
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    if not lines[0].startswith("HTTP/1."):
        raise ValueError(f"no answer: {answer[:200]!r}")
    headers = {}
    for line in lines[1:]:
        name, _, value = line.partition(": ")
        headers[name.lower()] = value
    return int(lines[0].split()[1]), headers, body


def read_response(connection):
    """One response of known length, of a connection that stays open."""
    answer = b""
    while b"\r\n\r\n" not in answer:
        part = connection.recv(65536)
        if not part:
            raise ValueError(f"closed after {answer!r}")
        answer += part
    status, headers, body = parse(answer)
    while len(body) < int(headers["content-length"]):
        part = connection.recv(65536)
        if not part:
            raise ValueError("closed inside the body")
        body += part
    length = int(headers["content-length"])
    return status, headers, body[:length], body[length:]


def figures(pid):
    """Resident bytes and descriptors of a process."""
    with open(f"/proc/{pid}/statm") as file:
        resident = int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return resident, len(os.listdir(f"/proc/{pid}/fd"))


failures = []


def same(what, expected, found):
    if expected != found:
        failures.append(what)
        print(f"FAILED: {what}\n  expected: {expected!r}\n  found:    {found!r}")


def check(what, holds, found=""):
    same(f"{what} {found}"[:1000] if found and not holds else what, True, bool(holds))


def finish():
    print("as expected" if not failures else f"{len(failures)} failures")
    sys.exit(1 if failures else 0)
