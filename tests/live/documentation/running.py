"""A lane: a folder with the files and the processes of the documentation, for lines one after the other."""

import glob
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import threading
import time

import formats
import placing

LONGEST = 30  # seconds that a line may take
TRIES = 4  # of what limpet itself says to try again
SERVING = " serving "

# What says nothing where all is well.
SILENT = "(set|quit|detach|sleep|[a-z_]+=)"


class Failed(Exception):
    pass


def waited(condition, seconds=LONGEST):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


class Lane:
    def __init__(self, number, folder, tools, environment, settings):
        self.folder = folder
        self.tools = tools
        self.settings = settings  # the environment that README tells to start a server in
        self.processes = {}
        self.environment = environment
        self.name = f"redis-server{number}"
        self.worker = f"worker{number}"
        self.nginx = f"nginx{number}"
        self.process = None
        self.side_car = None

    def start(self, name):
        """A service by that name, in the name's own file."""
        path = os.path.join(self.folder, ".programs", name)
        if not os.path.exists(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            shutil.copy(self.tools.service, path)
        process = subprocess.Popen(
            [path], env=self.settings, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for line in process.stdout:
            if line == "ready\n":
                self.processes[process.pid] = process
                self.switch_on(process.pid)
                return process.pid
        raise Failed(f"{name} did not start")

    def switch_on(self, pid):
        """What was allocated while the profiler was on is what a dump has, also when it is off again."""
        subprocess.run(
            [self.tools.limpet, "-q", "-p", str(pid), "heap", "on"],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            check=True,
        )

    def end(self, *pids):
        for pid in pids:
            process = self.processes.pop(pid)
            process.kill()
            process.wait()
            process.stdin.close()
            process.stdout.close()

    def renew(self):
        """A process that nothing has been done to, and the files as they were."""
        self.end(*list(self.processes))
        self.process = self.start(self.name)
        for source in glob.glob(os.path.join(self.tools.files, "*")):
            target = os.path.join(self.folder, os.path.basename(source))
            if os.path.isdir(source):
                shutil.copytree(source, target, dirs_exist_ok=True)
            else:
                shutil.copy(source, target)

    # One line.

    def run(self, line, expected, preamble):
        """Returns (the line as it was run, what it said). A capture that fails is given more time,
        and another chance what fails because the machine is busy, as limpet says then."""
        process = self.process
        others = []
        text = line.text
        kind = line.kind
        try:
            if kind == "prompt" and re.match("on exit", text):
                process = self.start("ending")
                others.append(process)
            if "1240" in text or "OTHER" in str(preamble):
                others.append(self.start("other"))
            if "nginx" in text:
                others += [self.start(self.nginx), self.start(self.nginx)]
            other = others[-1] if others else 0
            text, *preamble = [
                placing.placed(line, process, other, self.name, self.tools.collector)
                for line in [text] + preamble
            ]
            if "SERVED" in text:
                text = text.replace("SERVED", self.serve())
            text = text.replace("nginx --", f"{self.nginx} --")
            text = re.sub(r"(-n|--follow) worker\b", rf"\1 {self.worker}", text)
            if kind == "behind":
                text = f"limpet -p {process} {text}"
            if "-n worker" in text:
                others.append(self.start(self.worker))
            for tries in range(TRIES):
                try:
                    return text, self.once(text, kind, process, expected, preamble)
                except Failed as error:
                    longer = re.sub(r"(?<=-d )(2500|400)ms", "5s", text)
                    if tries + 1 == TRIES or longer == text and "try again" not in str(error):
                        raise
                    text = longer
        finally:
            self.end(*(pid for pid in others if pid in self.processes))
            self.end_serve()

    def serve(self):
        """What the lines before this one have left running: where it is."""
        path = os.path.join(self.folder, ".serve")
        with open(path, "wb") as file:
            self.side_car = subprocess.Popen(
                [self.tools.limpet, "-p", str(self.process), "serve", "-l", "127.0.0.1:0"],
                stdin=subprocess.DEVNULL,
                stderr=file,
                env=self.environment,
            )
        waited(lambda: SERVING in self.read(path) or self.side_car.poll() is not None)
        found = re.search(r" at (http://[0-9.:]+)/", self.read(path))
        if not found:
            raise Failed(f"nothing is served\n{self.read(path)}")
        return found[1]

    def end_serve(self):
        side_car, self.side_car = self.side_car, None
        if side_car:
            side_car.send_signal(signal.SIGINT)
            if side_car.wait(LONGEST):
                raise Failed(self.read(os.path.join(self.folder, ".serve")))

    def once(self, text, kind, process, expected, preamble):
        files = placing.written(text)
        for script in re.findall(r"-x (\S+)", text):
            files += placing.written(self.read(os.path.join(self.folder, script)))
        for name in files:
            for path in glob.glob(os.path.join(self.folder, name)):
                os.unlink(path)
        if re.search(r"limpet( -[np] \S+)? (live|top (-p|--name) \S+)( -r \d+)?$|^live( -r \d+)?$", text):
            output = self.view(text if kind != "prompt" else f"limpet -p {process} {text}")
            status = 0
        elif re.fullmatch(r"(\S*/)?limpet( -p \d+)?", text):
            output = self.shell(text)
            status = 0
        else:
            status, output = self.piped(text, kind, process, preamble)
        if status != expected:
            raise Failed(f"the exit status is {status}, not {expected}\n{output}")
        if re.search("Sanitizer|runtime error", output):
            raise Failed(output)
        if not output.strip() and not files and not re.match(SILENT, text):
            raise Failed("it says nothing")
        for name in files:
            paths = glob.glob(os.path.join(self.folder, name))
            if not paths:
                raise Failed(f"there is no file {name} afterwards\n{output}")
            for path in paths:
                problem = formats.problem(path)
                if problem:
                    raise Failed(f"{name}: {problem}\n{output}")
        return output

    def piped(self, text, kind, process, preamble):
        """With output into pipes: (status, all that it said)."""
        if kind == "prompt":
            words = [self.tools.limpet]
            words += [] if text.startswith("attach") else ["-p", str(process)]
            for before in preamble:
                words += ["-e", before]
            words += ["-e", text]
        else:
            words = ["bash", "-c", text]
        path = os.path.join(self.folder, ".output")
        with open(path, "wb") as file:
            running = subprocess.Popen(
                words,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env=self.environment,
            )
        said = lambda part: part in self.read(path)
        helper = None
        if self.worker in text:
            looked = self.has_saved_two if "-x" in text else None
            helper = threading.Thread(target=self.crashes, args=(running, looked))
        elif text.startswith("on exit"):
            helper = threading.Thread(
                target=lambda: waited(lambda: said("armed")) and self.end(process)
            )
        elif text.startswith("on signal"):
            helper = threading.Thread(
                target=lambda: waited(lambda: said("armed"))
                and os.kill(running.pid, signal.SIGUSR1)
            )
        elif re.search(r"limpet.* serve\b", text):
            helper = threading.Thread(
                target=lambda: waited(lambda: said(SERVING) or running.poll() is not None)
                and running.send_signal(signal.SIGINT)
            )
        if helper:
            helper.start()
        try:
            running.wait(LONGEST)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()
            raise Failed(f"it does not end\n{self.read(path)}") from None
        finally:
            if helper:
                helper.join()
        return running.returncode, self.read(path)

    @staticmethod
    def read(path):
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def crashes(self, limpet, looked):
        """A worker that crashes when limpet has looked at it for a while, and is started anew."""
        while limpet.poll() is None:
            alive = [pid for pid in self.processes if self.is_worker(pid)]
            worker = alive[0] if alive else self.start(self.worker)
            before = self.turns(limpet.pid)
            enough = looked or (lambda: self.turns(limpet.pid, before) > 30)
            waited(lambda: limpet.poll() is not None or enough())
            self.end(worker)

    def is_worker(self, pid):
        return self.read(f"/proc/{pid}/comm").strip() == self.worker

    def has_saved_two(self):
        """Whether both rules of README's script have run."""
        return self.read(os.path.join(self.folder, ".output")).count("saved in") > 1

    @staticmethod
    def turns(limpet, before=None):
        """How often limpet's tracer has been on a CPU: of each child, or the most since then."""
        turns = {}
        try:
            with open(f"/proc/{limpet}/task/{limpet}/children", encoding="ascii") as file:
                for child in file.read().split():
                    with open(f"/proc/{child}/schedstat", encoding="ascii") as figures:
                        turns[child] = int(figures.read().split()[2])
        except OSError:
            pass
        if before is None:
            return turns
        return max((turns[child] - before.get(child, 0) for child in turns), default=0)

    # On a terminal.

    def terminal(self, text, steps):
        """Types what each step has, (text to wait for, keys), and waits for the end."""
        child, master = pty.fork()
        if child == 0:
            os.chdir(self.folder)
            os.execvpe("bash", ["bash", "-c", "stty rows 40 cols 100; " + text], self.environment)
        shown = b""
        end = time.monotonic() + LONGEST
        while time.monotonic() < end:
            if not select.select([master], [], [], 1)[0]:
                continue
            try:
                shown += os.read(master, 65536)
            except OSError:
                break
            if steps and steps[0][0] in shown:
                os.write(master, steps.pop(0)[1])
        else:
            os.kill(child, signal.SIGKILL)
        os.close(master)
        _, status = os.waitpid(child, 0)
        if steps or status:
            raise Failed(f"on a terminal: status {status}, not shown: {steps}\n{shown[-2000:]!r}")
        return shown.decode(errors="replace")

    def view(self, text):
        return self.terminal(text, [(b"samples", b"q")])

    def shell(self, text):
        return self.terminal(text, [(b"(limpet ", b"info\n"), (b"user ", b"quit\n")])
