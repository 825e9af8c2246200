"""check.py LIMPET SERVICE README LINES EXCLUDED [HELP]: runs each line of the documentation, and says what
is wrong with it, and which commands and options nothing has run.

The current folder holds, in files, what lines read. HELP is what `help --json` prints.
"""

import concurrent.futures
import os
import queue
import re
import shutil
import sys
import time
from typing import NamedTuple

import collector
import placing
import texts
from coverage import Coverage
from running import Failed, Lane

LANES = 3
TRACE = "DOCUMENTATION_TRACE" in os.environ

# Before what is typed at the prompt.
PROFILES = ["load ../files/cpu.pb.gz", "load ../files/heap.pb.gz", "load ../files/cpu.pb.gz"]
PREAMBLES = {
    "diff": ["load ../files/before.pb.gz", "load ../files/heap.pb.gz"],
    "peek": PROFILES[:2],
    "set": ["set $folder ."],
    "wait": ["on rss > 1M --every 100ms do info", "on cpu > 1% --every 100ms do info"],
    "detach": ["attach PID,OTHER"],
}

# What is not on each machine.
OPTIONAL = ("go", "jeprof")

# Lines that do not end with 0, as is said beside them: the process has gone.
ENDINGS = {r"limpet (-n|--follow) worker cpu --wall -d 1h": 4}


class Tools(NamedTuple):
    limpet: str
    service: str
    files: str
    collector: int  # the port of what takes all that is pushed


class Check:
    def __init__(self, limpet, service, table):
        port = collector.start().server_address[1]
        self.tools = Tools(limpet, service, os.path.abspath("files"), port)
        self.table = table
        self.coverage = Coverage(table)
        self.problems = []
        self.times = []

    def environment(self):
        home = os.path.abspath("home")
        return dict(
            os.environ,
            PATH=os.path.abspath("bin") + ":" + os.environ["PATH"],
            HOME=home,
            XDG_STATE_HOME=home + "/state",
            XDG_CACHE_HOME=home + "/cache",
            LIMPET_DURATION="400ms",
            TERM="xterm",
        )

    def lane(self, number, settings):
        folder = os.path.abspath(f"lane{number}")
        os.makedirs(folder)
        return Lane(number, folder, self.tools, self.environment(), settings)

    def fail(self, where, text, why):
        self.problems.append(f"FAILED: {where}: {text}\n  " + why.strip().replace("\n", "\n  "))

    def known(self, line):
        """A name of the table that is mentioned."""
        if line.kind == "option" and not self.table.has_option(line.text[2:]):
            self.fail(line.where, line.text, "there is no such option")

    def try_line(self, lane, line):
        found = re.fullmatch(r"(?:(\d): )?(.*?)(?:  #=> (.*))?", line.text)
        status, text, pattern = int(found[1] or 0), found[2], found[3]
        for ending, its_status in ENDINGS.items():
            if re.search(ending, text):
                status = its_status
        preamble = PREAMBLES.get(line.group.removeprefix("help "), PROFILES)
        start = time.monotonic()
        try:
            ran, output = lane.run(line._replace(text=text), status, preamble)
            if pattern and not re.search(pattern, output, re.MULTILINE):
                raise Failed(f"nothing in it matches {pattern}\n{output}")
            if line.kind == "prompt":
                for part in preamble + [ran]:
                    self.coverage.line(part, lane.folder)
            else:
                self.coverage.shell(ran, lane.folder)
        except Failed as error:
            self.fail(line.where, text, str(error))
        if TRACE:
            print(f"{time.monotonic() - start:.2f} s {line.where}: {text}", file=sys.stderr, flush=True)
        self.times.append((time.monotonic() - start, line.where, text))

    def work(self, lane, groups):
        while True:
            try:
                lines = groups.get_nowait()
            except queue.Empty:
                break
            lane.renew()
            for line in lines:
                self.try_line(lane, line)

    @staticmethod
    def lacks(line):
        """The tool that a line is for and this machine has not; CI has all."""
        tool = line.text.split()[0]
        return tool in OPTIONAL and os.environ.get("CI") != "true" and not shutil.which(tool)

    def run(self, lines, settings):
        groups = {}
        seen = set()
        for line in lines:
            words = (re.sub(r"^(build/)?limpet -p 4242 ", "", line.text), line.kind == "prompt")
            if words in seen:
                continue
            seen.add(words)
            if line.kind in ("command", "option"):
                self.known(line)
            elif self.lacks(line):
                print(f"skipped: there is no {line.text}")
            else:
                groups.setdefault(line.group, []).append(line)
        waiting = queue.Queue()
        for group in sorted(groups.values(), key=len, reverse=True):
            waiting.put(group)
        lanes = [self.lane(number, settings) for number in range(LANES)]
        with concurrent.futures.ThreadPoolExecutor(LANES) as pool:
            for done in [pool.submit(self.work, lane, waiting) for lane in lanes]:
                done.result()
        for lane in lanes:
            lane.end(*list(lane.processes))
        return sum(len(group) for group in groups.values())


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def excluded_lines(path):
    rows = [row.split("\t") for row in read(path).splitlines() if row and row[0] != "#"]
    return {text: reason for text, reason in rows}


def server_settings(lines):
    """The environment that README says to start a server in, and what makes the samples of a test enough."""
    for line in lines:
        found = re.fullmatch(r"MALLOC_CONF=(\S+) redis-server", line.text)
        if found:
            lines.remove(line)
            return dict(os.environ, MALLOC_CONF=found[1] + ",prof_accum:true,lg_prof_sample:10")
    raise SystemExit("README does not say how to start a process with jemalloc's profiler")


def main():
    limpet, service, readme, own, excluded = sys.argv[1:6]
    table = texts.Help(
        read(sys.argv[6]) if len(sys.argv) > 6 else texts.output_of(limpet, "help", "--json")
    )
    check = Check(limpet, service, table)
    lines = list(texts.of_readme(read(readme), table))
    if len(sys.argv) <= 6:
        lines += texts.of_night(texts.output_of(limpet, "help", "night"))
        lines += texts.of_manual(texts.output_of(limpet, "help", "--scdoc"))
    lines += texts.of_examples(table)
    lines += texts.of_lines(read(own), os.path.basename(own))
    for text, reason in excluded_lines(excluded).items():
        if not any(line.text == text for line in lines):
            check.fail(os.path.basename(excluded), text, f"no such line is left ({reason})")
        lines = [line for line in lines if line.text != text]
    settings = server_settings(lines)
    script = [line for line in lines if line.kind == "script"]
    with open("files/night.limpet", "w", encoding="utf-8") as file:
        file.writelines(placing.placed(line.text, 0, 0, "") + "\n" for line in script)
    count = check.run([line for line in lines if line.kind != "script"], settings)
    for missing in check.coverage.missing():
        check.problems.append(f"FAILED: nothing has run {missing}")
    for problem in check.problems:
        print(problem)
    if "DOCUMENTATION_TIMES" in os.environ:
        for seconds, where, text in sorted(check.times, reverse=True)[:40]:
            print(f"{seconds:.2f} s {where}: {text}")
    print(f"{count} lines, {len(check.coverage.used)} commands and options of them")
    return 1 if check.problems else 0


if __name__ == "__main__":
    sys.exit(main())
