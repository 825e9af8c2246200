"""Whether stdin is OpenMetrics text 1.0.0, by its grammar and its rules for each type."""
import re
import sys

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*"'
SAMPLE = re.compile(rf"^({NAME})(?:\{{({LABEL}(?:,{LABEL})*)?\}})? (-?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?|[+-]Inf|NaN)$")
META = re.compile(rf"^# (TYPE|UNIT|HELP) ({NAME}) (.*)$")
SUFFIXES = {"counter": ["_total"], "gauge": [""], "info": ["_info"], "histogram": ["_bucket", "_count", "_sum"]}


def fail(number, why):
    sys.exit(f"line {number}: {why}")


def check_histogram(number, rows):
    groups = {}
    for suffix, labels, value in rows:
        le = labels.pop("le", None)
        groups.setdefault(tuple(sorted(labels.items())), {}).setdefault(suffix, []).append((le, value))
    for group in groups.values():
        bounds = [float(le.replace("+Inf", "inf")) for le, _ in group["_bucket"]]
        counts = [value for _, value in group["_bucket"]]
        if bounds != sorted(bounds) or bounds[-1] != float("inf"):
            fail(number, "bounds of buckets do not rise to +Inf")
        if counts != sorted(counts) or counts[-1] != group["_count"][0][1]:
            fail(number, "counts of buckets do not rise to the count")


text = sys.stdin.buffer.read().decode("utf-8")
if not text.endswith("\n# EOF\n") or "\r" in text:
    sys.exit("it does not end with # EOF")
lines = text.split("\n")[:-2]
family, kind, unit, rows, seen, known = None, None, None, [], set(), set()
for number, line in enumerate(lines, 1):
    meta = META.match(line)
    if meta and meta[1] == "TYPE":
        if kind == "histogram" and rows:
            check_histogram(number, rows)
        family, kind, unit, rows = meta[2], meta[3], None, []
        if family in known:
            fail(number, "the family was there before")
        if kind not in SUFFIXES:
            fail(number, "an unknown type")
        known.add(family)
        continue
    if meta:
        if meta[2] != family or rows:
            fail(number, "about another family, or behind samples")
        if meta[1] == "UNIT" and not family.endswith("_" + meta[3]):
            fail(number, "the name does not end with the unit")
        continue
    sample = SAMPLE.match(line)
    if not sample:
        fail(number, f"no sample: {line}")
    suffix = next((s for s in SUFFIXES[kind] if sample[1] == family + s), None)
    if suffix is None:
        fail(number, f"{sample[1]} is not of {family}")
    labels = dict(re.findall(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"', sample[2] or ""))
    key = (sample[1], tuple(sorted(labels.items())))
    if key in seen:
        fail(number, "the sample was there before")
    seen.add(key)
    if kind in ("counter", "histogram") and float(sample[3]) < 0:
        fail(number, "a count below 0")
    rows.append((suffix, labels, float(sample[3])))
if not seen:
    sys.exit("no samples")
