"""browse.py URL PID NAME: the page of `limpet serve` and its pictures in chromium, by its debugging pipe."""

import atexit
import base64
import json
import os
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.request
from xml.etree import ElementTree

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../http"))
import chromium
from client import check, finish, same

url, pid, name = sys.argv[1:4]
PATIENCE = 60  # s: how long a test waits in vain


class Browser:
    """Chromium's debugging protocol: JSON that ends in NUL, to descriptor 3 and from 4."""

    def __init__(self, folder):
        to_browser, self.out = os.pipe()
        self.input, from_browser = os.pipe()
        for descriptor, wanted in ((to_browser, 3), (from_browser, 4)):
            os.set_inheritable(descriptor, True)
        command = chromium.command(folder, "--remote-debugging-pipe", "about:blank")
        # In a shell, which alone can give descriptors these numbers whatever they are here.
        self.process = subprocess.Popen(
            ["bash", "-c", f'exec 8<&{to_browser} 9>&{from_browser}; exec "$@" 3<&8 4>&9 8<&- 9>&-', "bash",
             *command],
            pass_fds=(to_browser, from_browser), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(from_browser)
        self.timer = threading.Timer(4 * PATIENCE, self.process.kill)
        self.timer.daemon = True
        self.timer.start()
        atexit.register(self.process.kill)
        self.rest, self.number, self.events = b"", 0, []
        targets = self.ask("Target.getTargets")["targetInfos"]
        page = next(target for target in targets if target["type"] == "page")
        self.session = None
        self.session = self.ask("Target.attachToTarget", targetId=page["targetId"], flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(domain + ".enable")

    def message(self):
        while b"\0" not in self.rest:
            part = os.read(self.input, 1 << 20)
            if not part:
                sys.exit("FAILED: the browser has ended, or was too slow")
            self.rest += part
        first, _, self.rest = self.rest.partition(b"\0")
        return json.loads(first)

    def ask(self, method, **parameters):
        self.number += 1
        question = {"id": self.number, "method": method, "params": parameters}
        if getattr(self, "session", None):
            question["sessionId"] = self.session
        os.write(self.out, json.dumps(question).encode() + b"\0")
        while True:
            message = self.message()
            if message.get("id") != self.number:
                self.events.append(message)
                continue
            if "error" in message:
                sys.exit(f"FAILED: {method}: {message['error']}")
            return message["result"]

    def await_event(self, method):
        while True:
            for index, event in enumerate(self.events):
                if event.get("method") == method:
                    return self.events.pop(index)["params"]
            self.events.append(self.message())

    def forget_loads(self):
        self.events = [event for event in self.events if event.get("method") != "Page.loadEventFired"]

    def open(self, address):
        self.forget_loads()
        told = self.ask("Page.navigate", url=address)
        same(f"{address} opens", None, told.get("errorText"))
        self.await_event("Page.loadEventFired")

    def value(self, expression):
        result = self.ask("Runtime.evaluate", expression=expression, returnByValue=True, userGesture=True)
        check(f"{expression[:80]} runs", "exceptionDetails" not in result, result)
        return result["result"].get("value")

    def width(self, pixels, height=800):
        self.ask("Emulation.setDeviceMetricsOverride", width=pixels, height=height, deviceScaleFactor=1,
                 mobile=pixels < 600)

    def complaints(self):
        """What the console says, such as of what the page's policy forbids; the missing icon is no concern."""
        told = []
        for event in self.events:
            if event.get("method") == "Log.entryAdded":
                entry = event["params"]["entry"]
                if not entry.get("url", "").endswith("/favicon.ico"):
                    told.append(entry["text"])
            elif event.get("method") in ("Runtime.exceptionThrown", "Runtime.consoleAPICalled"):
                told.append(event["method"])
        return told

    def end(self):
        self.ask("Browser.close")
        self.process.wait()


def get(address):
    """Status, type and body, as curl would have them."""
    try:
        with urllib.request.urlopen(address, timeout=PATIENCE) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers["Content-Type"], error.read()


def follow(links):
    """Each link, with short spans instead of long ones: it answers what it says."""
    for link in links:
        for span in ("seconds=30", "seconds=10", "seconds=5"):
            link = link.replace(span, "seconds=0.3")
        status, kind, body = get(link)
        same(f"status of {link} ({body[:200]!r})", 200, status)
        if "format=svg" in link:
            same(f"type of {link}", "image/svg+xml", kind)
            ElementTree.fromstring(body)
        elif "format=pprof" in link:
            same(f"type of {link}", "application/octet-stream", kind)
            same(f"{link} is gzip", b"\x1f\x8b", body[:2])
        elif "format=text" in link or "debug=1" in link:
            same(f"type of {link}", "text/plain; charset=utf-8", kind)
        check(f"{link} has something", len(body) > 100, body)


def look_at_page(browser):
    browser.width(1280)
    browser.open(url)
    check("the page lists the process", name in browser.value("document.querySelector('h2').textContent"))
    same("and its number", pid, browser.value("document.querySelector('h2 small').textContent"))
    check("its style is used", browser.value("getComputedStyle(document.querySelector('main')).display") == "grid")
    links = browser.value("[...document.querySelectorAll('a[href]')].map((a) => a.href)")
    check("there are links of each kind", len(set(links)) >= 25, links)
    same("none leads elsewhere", [], [link for link in links if not link.startswith(url)])
    commands = browser.value("[...document.querySelectorAll('pre code')].map((code) => code.textContent)")
    check("the commands have the address", len(commands) >= 4 and all(f"'{url}" in one for one in commands), commands)
    for width in (360, 599, 600, 1280):
        browser.width(width)
        for all_open in ("false", "true"):
            browser.value(f"for (const part of document.querySelectorAll('details')) part.open = {all_open}")
            wide = browser.value("document.documentElement.scrollWidth")
            check(f"nothing is wider than {width} pixels", wide <= width, wide)
            same(f"the view at {width} is that of the window", width, browser.value("window.innerWidth"))
        picture(browser, f"page-{width}")
    return sorted(set(links))


def picture(browser, name_of_it):
    """For eyes: into the folder that SHOW names."""
    if "SHOW" in os.environ:
        with open(os.path.join(os.environ["SHOW"], name_of_it + ".png"), "wb") as file:
            file.write(base64.b64decode(browser.ask("Page.captureScreenshot")["data"]))


def look_at_flame_graph(browser, path):
    """Its script runs: a search marks and counts, a click zooms in, and out again."""
    browser.width(1280)
    browser.open(url + path)
    same(f"{path}: no origin", "null", browser.value("self.origin"))
    drawn = browser.value("document.querySelectorAll('#frames > g').length")
    check(f"{path}: boxes", drawn > 5, drawn)
    check(f"{path}: the script has taken the titles over",
          browser.value("document.querySelectorAll('#frames > g > title').length") == 0)
    counted = browser.value("""(() => {
        const input = document.querySelector("input[type=search]");
        input.value = "aeMain";
        input.dispatchEvent(new Event("input", {bubbles: true}));
        return document.querySelector("#matched").textContent;
    })()""")
    check(f"{path}: the search finds aeMain", counted.endswith("% matched") and float(counted.split("%")[0]) > 20,
          counted)
    shown = """[...document.querySelectorAll('#frames > g')].filter(
        (group) => getComputedStyle(group).display !== 'none').length"""
    before = browser.value(shown)
    # What stands beside the narrowest one goes, when it is zoomed to.
    browser.value("""[...document.querySelectorAll('#frames > g')].sort((one, other) =>
        one.querySelector("rect").width.baseVal.value - other.querySelector("rect").width.baseVal.value)[0]
        .dispatchEvent(new MouseEvent("click", {bubbles: true}))""")
    zoomed = browser.value(shown)
    check(f"{path}: a click zooms", 0 < zoomed < before, (zoomed, before))
    picture(browser, "flame-" + path.split("/")[-1].split("?")[0])


browser_folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
browser = Browser(browser_folder.name)
all_links = look_at_page(browser)
follow(all_links)
for path in ("debug/pprof/profile?seconds=1&format=svg", "debug/pprof/heap.svg"):
    look_at_flame_graph(browser, path)
same("nothing is complained of", [], browser.complaints())

# What is forbidden would be heard of.
browser.open(url)
browser.value("document.body.appendChild(document.createElement('script')).textContent = 'window.own = 1'")
same("a script in the page does not run", None, browser.value("window.own"))
check("and is complained of", any("Content Security Policy" in text for text in browser.complaints()),
      browser.complaints())
browser.events.clear()

# The button.
browser.open(url)
same("the button", "Stop heap sampling", browser.value("document.querySelector('form button').textContent"))
browser.forget_loads()
browser.value("document.querySelector('form button').click()")
browser.await_event("Page.loadEventFired")
same("whoever presses it is back", "Start heap sampling",
     browser.value("document.querySelector('form button').textContent"))
same("nothing is complained of the form", [], browser.complaints())
browser.end()
finish()
