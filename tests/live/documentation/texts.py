"""What the documentation has in lines to type, each as (where, text, kind).

Kinds: "shell", for sh; "prompt", behind the process's prompt; "behind", the words behind `limpet -p
PID`; "command" and "option", which only have to be known.
"""

import json
import re
import subprocess
from typing import NamedTuple


class Line(NamedTuple):
    where: str
    text: str
    kind: str
    group: str  # lines of a group run one after the other, in one folder


class Help:
    """The table of commands as `help --json` prints it."""

    def __init__(self, text):
        self.table = json.loads(text)
        self.commands = {command["name"]: command for command in self.table["commands"]}
        self.names = dict(self.commands)
        self.names.update((c["alias"], c) for c in self.table["commands"] if c["alias"])
        self.options = self.table["options"]

    def command(self, word):
        """The command that a word means: its name, its alias, or top10."""
        return self.names.get(word) or self.names.get(re.sub(r"\d+$", "", word))

    def has_option(self, name):
        tables = [self.options] + [c["options"] for c in self.commands.values()]
        return any(option["name"] == name for table in tables for option in table)


def of_readme(text, table):
    """Each indented line and each `span` that is to be typed, or a name of the table's."""
    screen = False
    group = "README"
    for number, line in enumerate(text.split("\n"), 1):
        where = f"README.md:{number}"
        group = line if line.startswith("## ") else group
        if line.startswith("    "):
            line = line[4:]
            screen = screen or re.match(r"limpet  \d+ ", line) is not None
            if not screen and line:
                yield Line(where, line, "script" if re.match("(set|on) ", line) else "shell", group)
            continue
        screen = screen and not line
        row = re.match(r"\| [^|]* \| (.*) \|$", line)
        for span in re.findall(r"`([^`]+)`", line):
            yield from of_span(where, span, table, row is not None, group)


def of_span(where, span, table, row, group):
    words = span.split()
    command = table.command(words[0])
    if words[0] in ("limpet", "build/limpet") and len(words) > 1:
        yield Line(where, span, "shell", group)
    elif re.fullmatch(r"--[a-z-]+", words[0]):
        yield Line(where, words[0], "option", group)
    elif command and words[0] == "set" and len(words) == 2:
        yield Line(where, f"show {words[1]}", "prompt", group)
    elif command and (len(words) == 1 and group != "## On call" or re.search("[A-Z]{3}", span)):
        yield Line(where, words[0], "command", group)
    elif command:
        yield Line(where, span, "behind" if row and group == "## On call" else "prompt", group)


def of_night(text):
    group = ""
    for line in text.split("\n"):
        title = re.match(r"(\d+)\. ", line)
        group = f"night {title[1]}" if title else group
        if line.startswith("   $ "):
            yield Line(f"help night, {group[6:]}", line[5:], "shell", group)


def of_manual(text):
    """The man page in scdoc's markup: its own lines, beside situations and examples."""
    part = ""
    typed = False
    for line in text.split("\n"):
        part = line[2:] if line.startswith("# ") else part
        typed = typed != (line == "```")
        if typed and line.startswith("limpet ") and part not in ("ON CALL", "COMMANDS"):
            yield Line(f"man page, {part.lower()}", line, "shell", "man page")


def of_examples(table):
    for name, command in table.commands.items():
        for example in command["examples"]:
            alone = name == "serve"  # where processes are chosen by its own options
            text, kind = (f"limpet {example}", "shell") if alone else (example, "prompt")
            yield Line(f"help {name}", text, kind, f"help {name}")


def of_lines(text, name):
    """Our own: STATUS LINE, with {a|b} for each of them; blocks between empty lines are groups."""
    block = 1
    for number, line in enumerate(text.split("\n"), 1):
        block += not line
        if not line or line.startswith("#"):
            continue
        for one in alternatives(line):
            yield Line(f"{name}:{number}", one, "shell", f"{name} {block}")


def alternatives(text):
    found = re.search(r"\{([^{}]*\|[^{}]*)\}", text)
    if not found:
        return [text]
    return [
        one
        for word in found[1].split("|")
        for one in alternatives(text[: found.start()] + word + text[found.end() :])
    ]


def output_of(*words):
    return subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True).stdout
