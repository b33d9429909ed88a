"""Mistakes in a layout or in the settings, each one sentence for the person who must fix it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from datetime import date

MAX_SENTENCES = 100
MAX_SHOWN = 60
_WHOLE_BITS = 63


class Mistakes(ValueError):
    """Everything that is wrong with one file; `sentences` holds one sentence for each mistake."""

    def __init__(self, sentences: Iterable[str]) -> None:
        self.sentences = tuple(sentences)
        super().__init__("\n".join(self.sentences))


class LayoutMistakes(Mistakes):
    """A layout file that cannot be used."""


class SettingsMistakes(Mistakes):
    """A `config.toml` that cannot be used."""


class Notes:
    """Collects the mistakes of one file, at most `MAX_SENTENCES` of them and a count of the rest."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._sentences: list[str] = []
        self._dropped = 0
        self.tables: set[str] = set()
        """Tables with a mistake in them."""

    def add(self, table: str, text: str) -> None:
        """Note one mistake; `table` is its dotted path in the file, empty for the file as a whole."""
        self.tables.add(table)
        place = f"{self.file} [{clip(table)}]" if table else self.file
        sentence = f"{place}: {text}"
        if sentence in self._sentences:
            return
        if len(self._sentences) < MAX_SENTENCES:
            self._sentences.append(sentence)
        else:
            self._dropped += 1

    def unknown(self, table: str, what: str, word: str, known: Iterable[str]) -> None:
        """Note a word nobody knows, with the nearest right one or else the list of right ones."""
        self.add(table, f"unknown {what} {shown(word)}.{self.hint(word, known)}")

    def hint(self, word: str, known: Iterable[str]) -> str:
        """A leading space and "Did you mean ...?", or the words there are; empty when there are too many."""
        if len(self._sentences) >= MAX_SENTENCES:
            return ""
        words = tuple(known)
        best = nearest(word, words)
        if best:
            return f" Did you mean {shown(best)}?"
        return f" Known: {', '.join(words)}." if 0 < len(words) <= 24 else ""

    def __len__(self) -> int:
        return len(self._sentences)

    def sentences(self) -> tuple[str, ...]:
        """All mistakes in the order they were found."""
        if not self._dropped:
            return tuple(self._sentences)
        return (*self._sentences, f"{self.file}: and {self._dropped} more mistakes of this kind.")


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word most like `word`, or "" when none is near."""
    words = {known_word.lower(): known_word for known_word in known}
    found = difflib.get_close_matches(word[:MAX_SHOWN].lower(), list(words), n=1, cutoff=0.6)
    return words[found[0]] if found else ""


def clip(text: str) -> str:
    """Text fit for a sentence: one line, printable, at most `MAX_SHOWN` characters."""
    clean = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text[: MAX_SHOWN + 1])
    return clean if len(clean) <= MAX_SHOWN else clean[: MAX_SHOWN - 3] + "..."


def shown(value: object) -> str:
    """What was found in the file, short enough to print; credentials inside an address are hidden."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return "'(hidden)'" if "@" in value else f"'{clip(value)}'"
    if isinstance(value, int):
        return str(value) if value.bit_length() <= _WHOLE_BITS else "a number far too large"
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return _shown_list(value)
    return clip(str(value))


def _shown_list(items: list[object]) -> str:
    """A short list whole; of a longer one, or one that holds tables, only its length."""
    plain = (int, float, str, date)
    flat = [deep for item in items for deep in (item if isinstance(item, list) else [item])]
    if len(items) > 12 or len(flat) > 24 or not all(isinstance(item, plain) for item in flat):
        return f"a list of {len(items)}"
    return "[" + ", ".join(shown(item) for item in items) + "]"
