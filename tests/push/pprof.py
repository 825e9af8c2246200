"""Reads a pprof file (proto/profile.proto) and says which rule of its readers it breaks."""

import gzip


class Broken(Exception):
    pass


def varint(data, at):
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise Broken("a number ends too early")
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def signed(value):
    return value - (1 << 64) if value >> 63 else value


def fields(data):
    """Pairs of a field's number and its value: a number, or bytes."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        kind = key & 7
        if kind == 0:
            value, at = varint(data, at)
        elif kind == 2:
            length, at = varint(data, at)
            if at + length > len(data):
                raise Broken("a field is longer than the file")
            value, at = data[at : at + length], at + length
        else:
            raise Broken("a field of a kind that profile.proto has not")
        yield key >> 3, value


def message(data, **names):
    """names: NAME=number, or NAME=[number] for a repeated one, of numbers packed or not."""
    result = {name: [] if isinstance(number, list) else 0 for name, number in names.items()}
    numbers = {(n[0] if isinstance(n, list) else n): name for name, n in names.items()}
    for number, value in fields(data):
        name = numbers.get(number)
        if name is None:
            continue
        if isinstance(result[name], list):
            result[name].append(value)
        else:
            result[name] = value
    return result


def numbers(values):
    result = []
    for value in values:
        if isinstance(value, int):
            result.append(value)
            continue
        at = 0
        while at < len(value):
            number, at = varint(value, at)
            result.append(number)
    return result


def value_type(data):
    return message(data or b"", type=1, unit=2)


class Profile:
    def __init__(self, data):
        self.compressed = data[:2] == b"\x1f\x8b"
        if self.compressed:
            try:
                data = gzip.decompress(data)
            except (OSError, EOFError) as error:
                raise Broken(f"gzip: {error}") from error
        self.size = len(data)
        top = message(data, sample_type=[1], sample=[2], mapping=[3], location=[4], function=[5],
                      strings=[6], drop_frames=7, keep_frames=8, time=9, duration=10,
                      period_type=11, period=12, comment=[13], default_sample_type=14)
        self.time, self.duration = signed(top["time"]), signed(top["duration"])
        self.has_period_type = top["period_type"] != 0
        self.period_type = value_type(top["period_type"] or b"")
        self.period = signed(top["period"])
        self.raw_strings = top["strings"]
        self.sample_types = [value_type(one) for one in top["sample_type"]]
        self.mappings = [message(one, id=1, start=2, limit=3, offset=4, file=5, build_id=6)
                         for one in top["mapping"]]
        self.functions = [message(one, id=1, name=2, system_name=3, file=4, line=5)
                          for one in top["function"]]
        self.locations = [message(one, id=1, mapping=2, address=3, line=[4])
                          for one in top["location"]]
        for one in self.locations:
            one["line"] = [message(line, function=1, line=2) for line in one["line"]]
        self.samples = [message(one, location=[1], value=[2], label=[3]) for one in top["sample"]]
        for one in self.samples:
            one["location"] = numbers(one["location"])
            one["value"] = [signed(value) for value in numbers(one["value"])]
            one["label"] = [message(label, key=1, str=2, num=3, unit=4) for label in one["label"]]

    def text(self, index):
        return self.raw_strings[index].decode("utf-8", "replace")

    def types(self):
        return [self.text(one["type"]) for one in self.sample_types]

    def function_names(self):
        return sorted({self.text(one["name"]) for one in self.functions})

    def label_sets(self):
        """Those of string labels: each is a series in Pyroscope."""
        return {tuple(sorted((self.text(label["key"]), self.text(label["str"]))
                             for label in one["label"] if label["str"]))
                for one in self.samples}

    def remarks(self):
        """What some reader minds, though Pyroscope takes it: shared rules of all readers."""
        found = []
        for name, table in (("mapping", self.mappings), ("location", self.locations),
                            ("function", self.functions)):
            # Parca 0.28, pkg/normalizer/validate.go: ValidatePprofProfile()
            if [one["id"] for one in table] != list(range(1, len(table) + 1)):
                found.append(f"{name} ids are not 1 to N in order")
        if not self.has_period_type:
            found.append("no period_type: Parca 0.28 ends (pkg/normalizer/validate.go)")
        if self.duration < 0 or self.period < 0:
            found.append("a negative duration or period")
        for one in self.samples:
            keys = [label["key"] for label in one["label"]]
            if len(keys) != len(set(keys)) or 0 in keys:
                # google/pprof, profile/encode.go keeps one value a key
                found.append("a sample has a label twice, or one without a key")
            if any(label["str"] and label["num"] for label in one["label"]):
                found.append("a label is a text and a number")
            if any(not 0 < location <= len(self.locations) for location in one["location"]):
                found.append("a sample names a location that is not there")
        if not self.compressed:
            found.append("it is not compressed")
        return found
