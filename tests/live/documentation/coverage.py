"""Which commands and options the lines that were run have used, by the table of the help."""

import os
import re
import shlex


def tokens(text):
    """The words of a line of sh or of limpet's; ; | > are words of their own, quotes are kept off."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars=";|>&")
    lexer.whitespace_split = True
    lexer.commenters = "#"
    try:
        return list(lexer)
    except ValueError:
        return text.split()


class Coverage:
    def __init__(self, table):
        self.table = table
        self.used = set()  # (command or "limpet", option or None)

    def shell(self, text, folder="."):
        """A line of sh, with a limpet in it."""
        words = tokens(text)
        while words:
            word = words.pop(0)
            if os.path.basename(word) == "limpet":
                end = next((i for i, w in enumerate(words) if set(w) <= set(";|>&")), len(words))
                self.program(words[:end], folder)
                words = words[end:]

    def program(self, words, folder):
        """The arguments of limpet."""
        while words and words[0].startswith("-") and words[0] != "-":
            for option, value in self.take(words, "limpet", self.table.options):
                if option["name"] == "execute":
                    self.line(value)
                elif option["name"] == "script":
                    self.script(value, folder)
        self.words(words, folder)

    def script(self, name, folder):
        path = os.path.join(folder, name)
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                for line in file:
                    self.line(line, folder)

    def line(self, text, folder="."):
        """A line at the prompt: commands between ; and before | or >."""
        part = []
        for word in tokens(text) + [";"]:
            if word == ";":
                self.words(part, folder)
                part = []
            else:
                part.append(word)

    def words(self, words, folder="."):
        cut = next((i for i, word in enumerate(words) if set(word) <= set("|>&")), len(words))
        words = list(words[:cut])
        command = self.table.command(words[0]) if words else None
        if not command:
            return
        name = command["name"]
        self.used.add((name, None))
        words.pop(0)
        if name == "source" and words:
            self.script(words[0], folder)
        while words:
            if words[0] == "do":
                self.line(shlex.join(words[1:]) if len(words) > 2 else " ".join(words[1:]), folder)
                return
            if words[0] == "--":
                return
            if not list(self.take(words, name, command["options"])):
                word = words.pop(0)
                if name == "on" and word == "repeat":
                    self.used.add((name, "repeat"))
                if name == "watch" and re.match(r"\d", word):
                    self.line(words[0] if len(words) == 1 else shlex.join(words), folder)
                    return

    def take(self, words, command, options):
        """Takes an option off the words, with its value, and notes it."""
        word = words[0]
        by_letter = {o["letter"]: o for o in options if o["letter"]}
        by_name = {o["name"]: o for o in options}
        found = []
        if word.startswith("--") or re.match("-[a-z]", word) and word[1:].split("=")[0] in by_name:
            name, _, value = word.lstrip("-").partition("=")
            option = by_name.get(name)
            words.pop(0)
            if option:
                takes = option["argument"] and "=" not in word
                found.append((option, words.pop(0) if takes and words else value))
        elif re.match(r"[a-z_]+=", word) and by_name.get(word.split("=")[0].replace("_", "-")):
            found.append((by_name[words.pop(0).split("=")[0].replace("_", "-")], ""))
        elif re.fullmatch("-[a-zA-Z]+[0-9.,msh]*", word):
            found = self.letters(words, by_letter)
        for option, _ in found:
            self.used.add((command, option["name"]))
        return found

    @staticmethod
    def letters(words, by_letter):
        """Options by letters, -qk or -n5; -test is a pattern of pprof's."""
        letters, found = words[0][1:], []
        while letters and letters[0] in by_letter:
            option, letters = by_letter[letters[0]], letters[1:]
            if option["argument"] and letters[:1].isalpha():
                return []
            found.append([option, letters])
            if option["argument"]:
                letters = ""
        if letters or not found:
            return []
        words.pop(0)
        if found[-1][0]["argument"] and not found[-1][1] and words:
            found[-1][1] = words.pop(0)
        return found

    def missing(self):
        """Commands and options that nothing has run: those that the help shows."""
        rows = [("limpet", self.table.options)]
        rows += [(name, command["options"]) for name, command in self.table.commands.items()]
        for name, options in rows:
            if name != "limpet" and (name, None) not in self.used:
                yield name
            for option in options:
                if option["help"] and (name, option["name"]) not in self.used:
                    yield f"{name} --{option['name']}"
