"""Lines as they can be run here: with the processes that there are, in a shorter time."""

import re

# What stands in the documentation, and what is put there; NAME and PID are those of the process.
PLACES = [
    (r"\b(4242|18441)\b", "PID"),
    (r"(?<!\.)\b1234\b", "PID"),
    (r"\b1240\b", "OTHER"),
    (r"(-n|--name|attach|doctor) redis-server\b", r"\1 NAME"),
    (r"--follow redis-server\b", "--follow worker"),
    (r"attach redis-server --follow", "attach NAME --follow"),
    # Times and limits.
    (r"heap growth$", "heap growth -d 2500ms"),
    (r"growth (-d|--duration) ?\d+[smh]\b", r"growth -d 2500ms"),
    (r"(?<=\s)(-d|--duration) ?\d+[sm]?(?=[\s;']|$)", r"\1 400ms"),
    (r"\b(sleep|for) \d+[0-9smh]*\b", r"\1 200ms"),
    (r"\bwatch (-n \d+ )?\d+[smh]?\b", "watch -n 2 200ms"),
    (r"--cooldown \d+[smh]?\b", "--cooldown 200ms"),
    (r"\b(live --json -n|live -n) 10\b", r"\1 1"),
    (r"\b2G\b", "1M"),
    (r"cpu > 80%", "cpu > 1%"),
    (r"growth 10%/min", "growth 10%/min for 1s"),
    # Rules are looked at more often, and end.
    (r"\brepeat\b", "repeat --times 1"),
    (r"\bon ('[^']*'|(?:rss|cpu|growth|exit|signal).*?)(?= do )", r"on \1 --every 100ms"),
    # A value that this jemalloc has.
    (r"stats\.new_figure", "stats.metadata_thp"),
    (r"/var/tmp", "."),
    # What serves, what asks it, and what is pushed to.
    (r"\b(serve|push) -n (postgres|api)\b", r"\1 -n NAME"),
    (r"--allow 'api-", "--allow 'redis-server"),
    (r"/run/limpet\.sock", "limpet.sock"),
    (r"/etc/limpet\.token", "token"),
    (r"https?://(localhost:\d+|pyroscope:4040|h\.example)(?=\s|$)", "http://127.0.0.1:COLLECTOR"),
    (r"(-l \d+\.0\.0\.\d+):6060\b", r"\1:0"),
    (r" serve\b(?!.* -l )", " serve -l 127.0.0.1:0"),
    (r"http://127\.0\.0\.1:6060(?=/)", "SERVED"),
    (r"\bseconds=\d+", "seconds=1"),
]


def placed(text, process, other, name, collector=0):
    for pattern, by in PLACES:
        text = re.sub(pattern, by, text)
    text = text.replace("PID", str(process)).replace("OTHER", str(other)).replace("NAME", name)
    return text.replace("COLLECTOR", str(collector))


# Names of files that a line writes, %t and the like being anything.
WRITES = r"(?:(?<=\s)(?:-o|--output|--timeline|--snapshot) |>>? ?|\bsave (?:@\d* )?)([^\s;'\"|&]+\.[a-z.]+)"


def written(text):
    names = re.findall(WRITES, re.sub(r"on '.*?'|on [a-z]+ > ", "", text))
    return [re.sub(r"%.|\$[a-z]+", "*", name.replace("$folder/", "")) for name in names]
