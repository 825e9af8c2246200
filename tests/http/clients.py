"""clients.py STAND_IN DATA: google/pprof and jeprof ask as they do, and print what they are told."""

import os
import shutil
import subprocess
import sys
import tempfile

from client import StandIn, check, finish, same

program, data = sys.argv[1:]
os.environ["PATH"] += ":/usr/local/go/bin"
tools = {name: shutil.which(name) for name in ("go", "jeprof", "curl")}
missing = [name for name, path in tools.items() if not path]
if missing:
    print(f"skipped: there is no {', '.join(missing)}")
    sys.exit(1 if os.environ.get("CI") == "true" else 77)
folder = tempfile.TemporaryDirectory()
os.environ["PPROF_TMPDIR"] = os.environ["JEPROF_TMPDIR"] = folder.name
server = StandIn(program)


def body(path):
    server.say("body " + os.path.join(data, path))
    server.await_line("body")


def run(*words):
    return subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)


def questions(count=1):
    """Those since the last time, when there are so many; they may come after the client's end."""
    asked = []
    while len(asked) < count or not server.lines.empty():
        line = server.line()
        if line.startswith("question"):
            asked.append(line.split(" ", 2)[2])
    return asked


body("profiles/c_cpu.pb.gz")
pprof = run("go", "tool", "pprof", "-top", server.url + "pid/42/debug/pprof/profile?seconds=3")
same("pprof", 0, pprof.returncode)
check("pprof shows the profile", "msort_with_tmp" in pprof.stdout)
same("what it asked for", ["subject=2 format=0 pid=42 wall=0 duration=3000000000 rate=0 text="],
     questions())
pprof = run("go", "tool", "pprof", "-top", server.url + "name/busy/debug/pprof/heap")
check("pprof prints a refusal", "another capture goes on" in pprof.stderr)
pprof = run("go", "tool", "pprof", "-top", server.url + "debug/pprof/heap?what=1")
check("and what is wrong", "unknown parameter 'what'" in pprof.stderr)
questions()

body("heap/one_thread.heap")
jeprof = run("jeprof", "--text", server.url + "name/redis/pprof/heap")
same("jeprof", 0, jeprof.returncode)
check("jeprof shows the profile", "Total: 35.0 MB" in jeprof.stdout)
asked = questions()
check("it asks for jemalloc's own text",
      "subject=3 format=5 name=redis wall=0 duration=0 rate=0 text=" in asked)
check("and for the names", any("text=0x0000562d9d20b090+0x" in line for line in asked))

curl = run("curl", "-sS", "--fail", "-d", "", server.url + "debug/pprof/heap/activate")
same("curl -d ''", (0, "done\n"), (curl.returncode, curl.stdout))
curl = run("curl", "-sS", "-o", os.devnull, "-w", "%{http_code}", "--compressed", "--http1.0",
           server.url + "debug/pprof/profile")
same("curl --http1.0", "200", curl.stdout)
server.end()
finish()
