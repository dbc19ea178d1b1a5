"""pipelineschema.py SCHEMA FILE...: holds pipeline files against a JSON Schema (draft-07), as an editor does.

Prints one line a file: its name, a tab, and `valid`, `refused` or `no YAML`.
"""

import json
import pathlib
import re
import sys

import jsonschema
import yaml


class Loader(yaml.SafeLoader):
    """Guesses types as YAML 1.2 has them: `yes` and `1:30` are text."""

    yaml_implicit_resolvers = {}


for tag, pattern, starts in [
    ("bool", r"true|false", "tf"),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+.0123456789"),
    ("null", r"~|null|", ["~", "n", ""]),
    ("merge", r"<<", "<"),
]:
    Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"^(?:{pattern})$"), list(starts))


def whole_number(loader, node):
    """Reads 010 as 10: to PyYAML it is 8."""
    text = node.value
    return int(text, 0) if text[:2] in ("0o", "0x") else int(text)


Loader.add_constructor("tag:yaml.org,2002:int", whole_number)


def verdict(path, validator):
    try:
        document = yaml.load(path.read_bytes(), Loader)
    except (yaml.YAMLError, UnicodeError, RecursionError):
        return "no YAML"
    return "valid" if validator.is_valid(document) else "refused"


def main():
    schema = json.loads(pathlib.Path(sys.argv[1]).read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    for name in sys.argv[2:]:
        path = pathlib.Path(name)
        print(f"{path.name}\t{verdict(path, validator)}")


main()
