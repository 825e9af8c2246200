"""browser.py STAND_IN: what a browser makes of the page's and the pictures' rules."""

import os
import shutil
import subprocess
import sys
import tempfile

import chromium
from client import StandIn, check, finish, same

if not shutil.which("chromium"):
    print("skipped: there is no chromium")
    sys.exit(1 if os.environ.get("CI") == "true" else 77)
folder = tempfile.TemporaryDirectory()
server = StandIn(sys.argv[1])


def load(url):
    """The document after its scripts have run, and what the browser has to say."""
    run = subprocess.run(
        chromium.command(folder.name, "--enable-logging=stderr", "--dump-dom", "--virtual-time-budget=5000", url),
        capture_output=True, text=True, timeout=120, check=False)
    return run.stdout, run.stderr


page, messages = load(server.url)
check("the page is there", "redis-server" in page)
check("names stay text", "<script>" not in page and "&lt;script&gt;" in page)
check("its style is allowed", "Content Security Policy" not in messages)

# A picture's script runs; it cannot ask this server for anything, nor can a page of others.
picture = os.path.join(folder.name, "picture.svg")
with open(picture, "w") as file:
    file.write("""<svg xmlns="http://www.w3.org/2000/svg"><style>text { fill: red; }</style>
<text id="own">not run</text><text id="asked">waiting</text><script><![CDATA[
document.getElementById("own").textContent = "origin " + self.origin;
fetch("/debug/pprof/heap/activate", {method: "POST"})
	.then(() => "allowed", () => "refused")
	.then((word) => document.getElementById("asked").textContent = word);
]]></script></svg>
""")
server.say("body " + picture)
server.await_line("body")
dom, _ = load(server.url + "debug/pprof/heap.svg")
check("the script runs, for itself", "origin null" in dom)
check("and reaches nothing", ">refused<" in dom)
activated = [line for line in list(server.lines.queue) if "subject=8" in line]
same("nothing was activated", [], activated)

evil = os.path.join(folder.name, "evil.html")
with open(evil, "w") as file:
    file.write(f"""<!DOCTYPE html><p id="asked">waiting</p>
<img src="{server.url}debug/pprof/profile.svg?seconds=7"><iframe src="{server.url}"></iframe><script>
fetch("{server.url}debug/pprof/heap/activate", {{method: "POST", mode: "no-cors"}})
	.then(() => "sent", () => "refused")
	.then((word) => document.getElementById("asked").textContent = word);
</script>""")
while not server.lines.empty():
    server.line()
load("file://" + evil)
counts = dict(line.split() for line in server.get("/metrics")[2].decode().splitlines())
check(f"the browser did ask, and was refused: {counts}", int(counts["answered_4"]) >= 3)
server.get("/name/last/debug/pprof/cmdline")
lines = []
while not lines or "name=last" not in lines[-1]:  # what came before has been told by then
    lines.append(server.await_line("question"))
same("a page of others has nothing done", [], [line for line in lines if "subject=8" in line])
same("nor captured", [], [line for line in lines if "duration=7000000000" in line])
server.end()
finish()
