"""Whether a file is what its name says; a problem is returned as text."""

import gzip
import json
import re
import xml.etree.ElementTree as ElementTree


def fields(data):
    """The fields of a protobuf message: (number, value)."""
    position = 0

    def varint():
        nonlocal position
        value = shift = 0
        while True:
            byte = data[position]
            position += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while position < len(data):
        key = varint()
        if key & 7 == 0:
            yield key >> 3, varint()
        elif key & 7 == 2:
            length = varint()
            if position + length > len(data):
                raise ValueError("cut off")
            position += length
            yield key >> 3, data[position - length : position]
        else:
            raise ValueError(f"wire type {key & 7}")


def pprof(data):
    numbers = [number for number, _ in fields(gzip.decompress(data))]
    if not {1, 2, 6} <= set(numbers):
        return f"no sample types, samples or strings: {sorted(set(numbers))}"
    return "" if max(numbers) <= 15 else f"field {max(numbers)}"


def svg(data):
    root = ElementTree.fromstring(data)
    shapes = sum(1 for element in root.iter() if element.tag.endswith(("}rect", "}path", "}polyline")))
    return "" if root.tag.endswith("svg") and shapes > 1 else "no picture"


def folded(data):
    wrong = [line for line in data.decode().splitlines() if not re.search(r"\S -?\d+$", line)]
    return "" if data and not wrong else f"not folded: {wrong[:1]}"


def speedscope(data):
    return "" if json.loads(data)["profiles"] else "no profiles"


def text(data):
    return "" if data.strip() else "empty"


def begins(start):
    return lambda data: "" if data.startswith(start) else f"it begins with {data[:16]}"


FORMATS = {
    ".pb.gz": pprof,
    ".svg": svg,
    ".folded": folded,
    ".speedscope.json": speedscope,
    ".json": lambda data: text(data) or (json.loads(data) and ""),
    ".heap": begins(b"heap_v2/"),
    ".html": begins(b"<!"),
    ".snapshot": text,
    ".gperftools": begins(b"heap profile:"),
    ".txt": text,
}


def problem(path):
    with open(path, "rb") as file:
        data = file.read()
    for end, check in FORMATS.items():
        if path.endswith(end):
            try:
                return check(data)
            except (ValueError, KeyError, IndexError, OSError, ElementTree.ParseError) as error:
                return f"{type(error).__name__}: {error}"
    return f"a format that the test does not know: {path}"
