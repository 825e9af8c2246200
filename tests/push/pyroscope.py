#!/usr/bin/env python3
"""pyroscope.py LOG [--tenants] [--token TOKEN] [--password USER:PASSWORD] [--max-size BYTES] [--tls FILE]

A stand-in for Grafana Pyroscope 2.2 that takes profiles as strictly, and answers as it does. Each
rule names where in Pyroscope's source it is from. It says "ready PORT" and then obeys lines on its
standard input, saying "now MODE" to each:
  ok              takes profiles
  closed          does not listen
  silent          accepts connections and never answers
  status N [S]    answers N to all, with Retry-After: S
  redirect URL    sends all there
What it took, and what it refused, goes to LOG as one JSON object a line.
"""

import argparse
import base64
import http.server
import json
import re
import ssl
import sys
import threading
import time
import urllib.parse

import pprof

VERSION = "2.2.1"
MINUTE, HOUR = 60, 3600


class Refusal(Exception):
    """status and code as pkg/util/http/error.go and Connect's protocol pair them."""

    def __init__(self, status, code, message):
        super().__init__(message)
        self.status, self.code = status, code


class Invalid(Exception):
    """A validation.Error: 422 of /ingest (ingest_handler.go), 400 of Push (distributor.go)."""


def parse_name(name):
    """api/model/labelset: labelset.go, Parse(); validate.go."""
    labels, service, _, rest = {}, *name.partition("{")
    service = service.strip()
    if not service:
        raise Refusal(400, "invalid_argument", "name: service name is required")
    if re.search(r"[^A-Za-z0-9_./-]", service):
        raise Refusal(400, "invalid_argument", f"name: invalid rune in service name: {service}")
    key = value = ""
    state = "key"
    for rune in rest + "{":
        if state == "key":
            if rune == "}":
                state = "done"
            elif rune == "=":
                state, value = "value", ""
            else:
                key += rune
        elif state == "value":
            if rune in ",}":
                key = key.strip()
                # ValidateLabelName(): letters, digits, '_' and '.'; reserved names
                if not key or re.search(r"[^A-Za-z0-9_.]", key) or key == "__name__":
                    raise Refusal(400, "invalid_argument", f"name: invalid label name: {key}")
                labels[key] = value.strip()
                key, state = "", "key" # '}' does not end it here
            else:
                value += rune
    return service, labels


def parse_time(text):
    """pkg/og/util/attime/attime.go: digits are s, of 13 ms, of 16 us, of 19 ns since 1970."""
    if not re.fullmatch(r"\d+", text):
        raise Refusal(400, "invalid_argument", f"a time that is not understood: {text}")
    return int(text) / {13: 1e3, 16: 1e6, 19: 1e9}.get(len(text), 1)


def metric_name(profile):
    """pkg/og/convert/pprof/profile.go: metricName()."""
    types = profile.types()
    if "wall" in types:
        return "wall"
    for one in types:
        if "cpu" in one:
            return "process_cpu"
        if "alloc_" in one or "inuse_" in one or one in ("space", "objects"):
            return "memory"
    return types[-1] # "should not happen"


def validate_labels(labels):
    """pkg/validation/validate.go: ValidateLabels(); limits.go for the numbers."""
    names = [name for name, _ in labels]
    if len(labels) > 30:
        raise Invalid(f"profile series has {len(labels)} label names; limit 30")
    if not dict(labels).get("__name__"):
        raise Invalid("invalid labels with error: invalid metric name")
    if not dict(labels).get("service_name"):
        raise Invalid("invalid labels with error: service name is not provided")
    for name, value in labels:
        if len(name.encode()) > 1024:
            raise Invalid(f"profile has label name too long: '{name}'")
        if len(value.encode()) > 2048:
            raise Invalid(f"profile has label value too long: '{value}'")
        if not re.fullmatch(r"[A-Za-z_.][A-Za-z0-9_.]*", name):
            raise Invalid(f"invalid labels with error: invalid label name '{name}'")
    if len(names) != len(set(names)):
        raise Invalid("profile has duplicate label name")


def validate_profile(profile, max_size):
    """pkg/validation/validate.go: ValidateProfile() and validateStringTableAccess()."""
    if not profile.sample_types:
        raise Invalid("empty profile")
    now = time.time()
    if profile.time > 0 and not now - HOUR < profile.time / 1e9 < now + 10 * MINUTE:
        raise Invalid("profile is outside of ingestion window")
    if profile.size > max_size:
        raise Invalid(f"the profile exceeds the size limit (max_profile_size_byte, actual: "
                      f"{profile.size}, limit: {max_size})")
    if len(profile.samples) > 16000:
        raise Invalid(f"the profile exceeds the samples count limit "
                      f"(max_profile_stacktrace_samples, actual: {len(profile.samples)}, limit: 16000)")
    for one in profile.samples:
        if len(one["label"]) > 100:
            raise Invalid("the profile exceeds the sample labels limit")
        if len(one["value"]) != len(profile.sample_types):
            raise Invalid("sample value length mismatch")
    if any(one["id"] == 0 for one in profile.locations):
        raise Invalid("location id is 0")
    if any(one["id"] == 0 for one in profile.functions):
        raise Invalid("function id is 0")
    if not profile.raw_strings or profile.raw_strings[0] != b"":
        raise Invalid("string 0 should be empty string")
    used = [one["type"] for one in profile.sample_types]
    used += [one[key] for one in profile.functions for key in ("name", "system_name", "file")]
    used += [one[key] for one in profile.mappings for key in ("file", "build_id")]
    used += [label[key] for one in profile.samples for label in one["label"] for key in ("key", "str")]
    if any(index >= len(profile.raw_strings) for index in used):
        raise Invalid("string index out of range")
    if any("-" in one for one in profile.types()):
        raise Invalid("sample type contains -")
    for text in profile.raw_strings:
        try:
            text.decode("utf-8")
        except UnicodeDecodeError:
            raise Invalid(f"invalid utf8 string hex: {text.hex()}") from None


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def refuse(self, refusal):
        body = json.dumps({"code": refusal.code, "message": str(refusal)}).encode() + b"\n"
        self.server.stand_in.note(refused=refusal.status, message=str(refusal), path=self.path)
        self.answer(refusal.status, body, Content_Type="application/json",
                    X_Content_Type_Options="nosniff")

    def body(self):
        if "Content-Length" not in self.headers:
            raise Refusal(411, "unknown", "limpet always says how long a request is")
        return self.rfile.read(int(self.headers["Content-Length"]))

    def check_rights(self):
        """pkg/util/http/auth.go, and a proxy before it, as in Grafana Cloud."""
        options = self.server.stand_in.options
        given = self.headers.get("Authorization", "")
        wanted = None
        if options.token:
            wanted = "Bearer " + options.token
        if options.password:
            wanted = "Basic " + base64.b64encode(options.password.encode()).decode()
        if wanted and given != wanted:
            raise Refusal(401, "unauthenticated", "invalid authentication credentials")
        if not wanted and given:
            raise Refusal(400, "invalid_argument", "credentials where nobody asked for them")
        if options.tenants and not self.headers.get("X-Scope-OrgID"):
            raise Refusal(401, "unauthenticated", "no org id")

    def obey_mode(self):
        """Whether the request was dealt with."""
        stand_in = self.server.stand_in
        mode = stand_in.mode
        if mode[0] == "ok":
            return False
        stand_in.attempts.append((mode[0], time.monotonic()))
        self.close_connection = True
        if mode[0] == "silent":
            while stand_in.mode == mode:
                stand_in.changed.wait(0.05)
        elif mode[0] == "status":
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {"Retry_After": mode[2]} if len(mode) > 2 else {}
            self.answer(int(mode[1]), b"told to\n", Content_Type="text/plain", **headers)
        elif mode[0] == "redirect":
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.answer(302, Location=mode[1])
        return True

    def do_GET(self):
        if self.obey_mode():
            return
        if self.path == "/api/v1/status/buildinfo": # pkg/api/api.go
            body = json.dumps({"status": "success", "data": {"version": VERSION}}).encode()
            self.answer(200, body, Content_Type="application/json")
        else:
            self.answer(404, b"404 page not found\n", Content_Type="text/plain")

    def do_POST(self):
        if self.obey_mode():
            return
        url = urllib.parse.urlsplit(self.path)
        try:
            data = self.body()
            self.check_rights()
            if url.path == "/ingest":
                self.ingest(url.query, data)
            elif url.path == "/push.v1.PusherService/Push":
                self.push(data)
            else:
                self.answer(404, b"404 page not found\n", Content_Type="text/plain")
        except Refusal as refusal:
            self.refuse(refusal)

    def ingest(self, query, data):
        """pkg/ingester/pyroscope/ingest_handler.go, pkg/og/convert/pprof/profile.go."""
        given = dict(urllib.parse.parse_qsl(query, keep_blank_values=True, strict_parsing=True))
        service, labels = parse_name(given.get("name", ""))
        start, end = parse_time(given["from"]), parse_time(given["until"])
        if start > end:
            raise Refusal(400, "invalid_argument", "it ends before it begins")
        if given.get("format") != "pprof":
            raise Refusal(422, "unknown", "unsupported profile format")
        if not re.fullmatch(r"\d+", given.get("sampleRate", "100")):
            raise Refusal(400, "invalid_argument", "sample rate must be positive")
        if not data:
            self.answer(200) # "empty profile": taken, and dropped
            return
        try:
            profile = pprof.Profile(data)
            if profile.time == 0:
                profile.time = int(start * 1e9)
            pairs = [("__name__", metric_name(profile)), ("__delta__", "false"),
                     ("pyroscope_spy", given.get("spyName", "unknown"))]
            pairs += [("service_name", service)] if "service_name" not in labels else []
            # pkg/model/labels.go: IsLabelAllowedForIngestion()
            pairs += [pair for pair in labels.items() if not pair[0].startswith("__")]
            self.take(pairs, profile)
        except (Invalid, pprof.Broken) as error:
            raise Refusal(422, "unknown", f"pushing IngestInput-pprof failed {error}") from error
        self.answer(200)

    def push(self, data):
        """api/push/v1/push.proto as Connect's unary JSON; pkg/distributor/distributor.go: Push()."""
        if self.headers.get("Content-Type") != "application/json":
            self.answer(415, b"", Accept_Post="application/json, application/proto")
            return
        try:
            request = json.loads(data)
            for series in request["series"]:
                pairs = [(label["name"], label["value"]) for label in series["labels"]]
                if set(series) - {"labels", "samples", "annotations"}:
                    raise ValueError("a field that push.proto has not")
                for sample in series["samples"]:
                    if set(sample) - {"rawProfile", "ID"}:
                        raise ValueError("a field that push.proto has not")
                    raw = base64.b64decode(sample["rawProfile"], validate=True)
                    self.take(pairs, pprof.Profile(raw))
        except (ValueError, KeyError, TypeError) as error:
            raise Refusal(400, "invalid_argument", f"unmarshal message: {error}") from error
        except (Invalid, pprof.Broken) as error:
            raise Refusal(400, "invalid_argument", str(error)) from error
        self.answer(200, b"{}", Content_Type="application/json")

    def take(self, pairs, profile):
        stand_in = self.server.stand_in
        validate_labels(pairs)
        validate_profile(profile, stand_in.options.max_size)
        stand_in.note(path=urllib.parse.urlsplit(self.path).path, labels=dict(pairs),
                      tenant=self.headers.get("X-Scope-OrgID"), types=profile.types(),
                      functions=profile.function_names(), samples=len(profile.samples),
                      series=len(profile.label_sets()), time=profile.time, duration=profile.duration,
                      remarks=profile.remarks())


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def handle_error(self, *_): # a client that leaves is none
        pass


class StandIn:
    def __init__(self, options):
        self.options = options
        self.mode = ["ok"]
        self.attempts = []
        self.changed = threading.Event()
        self.lock = threading.Lock()
        self.log = open(options.log, "a", encoding="utf-8")
        self.server, self.port = None, 0

    def note(self, **what):
        with self.lock:
            print(json.dumps(what), file=self.log, flush=True)

    def listen(self):
        self.server = Server(("127.0.0.1", self.port), Handler)
        self.server.stand_in = self
        if self.options.tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.options.tls)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def stop_listening(self):
        self.server.shutdown()
        self.server.server_close()
        self.server = None

    def set_mode(self, words):
        self.mode = words
        if words[0] == "closed" and self.server:
            self.stop_listening()
        elif words[0] != "closed" and not self.server:
            self.listen()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("log")
    parser.add_argument("--tenants", action="store_true")
    parser.add_argument("--token")
    parser.add_argument("--password")
    parser.add_argument("--tls", help="a certificate and its key, PEM")
    parser.add_argument("--max-size", type=int, default=4 * 1024 * 1024)
    stand_in = StandIn(parser.parse_args())
    stand_in.listen()
    print("ready", stand_in.port, flush=True)
    for line in sys.stdin:
        words = line.split()
        before = len(stand_in.attempts)
        stand_in.set_mode(words)
        print("now", *words, f"after {before} attempts", flush=True)


if __name__ == "__main__":
    main()
