"""validate.py SCHEMA: checks what limpet printed, one object a line on stdin, against the schema.

Prints a line for each object that the schema refuses, and for each wrong object, made of a right
one, that it takes: one without a key that is required, one with a key that nobody knows.
"""

import json
import sys

from jsonschema import Draft202012Validator


def required_keys(schema, definition, instance):
    """Those of the definition that the object matches, at the top level."""
    keys = set(definition.get("required", []))
    if "error" not in instance:
        keys |= set(definition.get("else", {}).get("required", []))
    return keys


def matching(schema, instance):
    for reference in schema["oneOf"]:
        definition = {"$ref": reference["$ref"], "$defs": schema["$defs"]}
        if Draft202012Validator(definition).is_valid(instance):
            yield schema["$defs"][reference["$ref"].rsplit("/", 1)[1]]


def nearest(schema, instance):
    """What is wrong, by the definition of that command."""
    for name, definition in schema["$defs"].items():
        if not name.startswith("command_"):
            continue
        command = definition["properties"]["command"].get("const")
        action = definition["properties"].get("action", {}).get("const")
        if command == instance.get("command") and action == instance.get("action"):
            whole = {"$ref": "#/$defs/" + name, "$defs": schema["$defs"]}
            for error in Draft202012Validator(whole).iter_errors(instance):
                path = "/".join(str(part) for part in error.path)
                yield f"{path}: {error.message[:300]}"


def check(schema, validator, line):
    instance = json.loads(line)
    if not validator.is_valid(instance):
        yield f"refused: {line[:200]}"
        yield from nearest(schema, instance)
        return
    definitions = list(matching(schema, instance))
    for key in set.intersection(*(required_keys(schema, d, instance) for d in definitions)):
        lacking = {k: v for k, v in instance.items() if k != key}
        if all(Draft202012Validator(d | {"$defs": schema["$defs"]}).is_valid(lacking) for d in definitions):
            yield f"taken without {key}: {line[:200]}"
    if definitions[0].get("additionalProperties") is False:
        if validator.is_valid({**instance, "nobody_knows": []}):
            yield f"taken with a key that nobody knows: {line[:200]}"


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    wrong = False
    for line in sys.stdin:
        for problem in check(schema, validator, line):
            print(problem)
            wrong = True
    sys.exit(wrong)


main()
