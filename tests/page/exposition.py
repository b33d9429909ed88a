"""A strict reader of the Prometheus text format, as far as the page uses it; anything odd raises."""

from __future__ import annotations

import re

NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*\Z")
SAMPLE = re.compile(r"(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(?P<labels>.*)\})? (?P<value>\S+)\Z")
LABEL = re.compile(r'(?P<name>[a-zA-Z_][a-zA-Z0-9_]*)="(?P<value>(?:[^"\\\n]|\\["\\n])*)"(?:,|\Z)')
KINDS = ("counter", "gauge")

Labels = tuple[tuple[str, str], ...]


class Family:
    def __init__(self, name: str, words: str) -> None:
        self.name, self.words, self.kind = name, words, ""
        self.samples: dict[Labels, float] = {}


def labels_of(text: str) -> Labels:
    found, at = [], 0
    while at < len(text):
        match = LABEL.match(text, at)
        if match is None:
            raise ValueError(f"labels: {text[at:]!r}")
        value = match["value"].replace(r"\n", "\n").replace(r"\"", '"').replace(r"\\", "\\")
        found.append((match["name"], value))
        at = match.end()
    if len({name for name, _ in found}) != len(found):
        raise ValueError(f"a label twice: {text!r}")
    return tuple(found)


def read(text: str) -> dict[str, Family]:
    """Families by name; HELP, then TYPE, then at least one sample, never twice."""
    if not text.endswith("\n"):
        raise ValueError("the last line must end")
    families: dict[str, Family] = {}
    current: Family | None = None
    for line in text[:-1].split("\n"):
        if line.startswith("# HELP "):
            _, _, name, words = line.split(" ", 3)
            if name in families or NAME.match(name) is None:
                raise ValueError(f"HELP: {name}")
            current = families[name] = Family(name, words)
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            if current is None or name != current.name or current.kind or kind not in KINDS:
                raise ValueError(f"TYPE: {line}")
            current.kind = kind
        else:
            _sample(line, current)
    for family in families.values():
        if not family.kind or not family.samples:
            raise ValueError(f"{family.name} has no type or no sample")
    return families


def _sample(line: str, current: Family | None) -> None:
    match = SAMPLE.match(line)
    if match is None or current is None or match["name"] != current.name or not current.kind:
        raise ValueError(f"sample: {line!r}")
    labels = labels_of(match["labels"] or "")
    if labels in current.samples:
        raise ValueError(f"twice: {line!r}")
    current.samples[labels] = float(match["value"])
