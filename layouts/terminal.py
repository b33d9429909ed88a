"""The person at the terminal, as a command sees one: lines to print, questions to ask."""

from __future__ import annotations

import sys
from typing import TextIO

MAX_ANSWER = 200


class Nobody(Exception):
    """A question cannot be asked: the input is no terminal. The message is a sentence."""


class Terminal:
    """Prints to `out` and `err`, asks on `into`; by default those of this process."""

    def __init__(
        self, into: TextIO | None = None, out: TextIO | None = None, err: TextIO | None = None
    ) -> None:
        """Nothing is read until something is asked."""
        self._into, self._out, self._err = into or sys.stdin, out or sys.stdout, err or sys.stderr

    @property
    def person(self) -> bool:
        """Whether somebody sits there who can answer."""
        try:
            return self._into is not None and self._into.isatty()
        except ValueError:  # closed
            return False

    def say(self, line: str = "") -> None:
        """A line."""
        self._out.write(f"{line}\n")
        self._out.flush()

    def complain(self, line: str) -> None:
        """A line about what is wrong."""
        self._err.write(f"{line}\n")
        self._err.flush()

    def ask(self, question: str, instead: str = "--yes") -> str:
        """The answer on one line, trimmed; "" for just Enter and at the end of the input.

        Raises `Nobody` where nobody sits at the terminal; `instead` is the option that answers in advance.
        """
        if not self.person:
            raise Nobody(f"{question} Nobody is at a terminal to answer; say it in advance with {instead}.")
        self._out.write(f"{question} ")
        self._out.flush()
        return self._into.readline(MAX_ANSWER).strip()

    def agrees(self, question: str) -> bool:
        """Yes or no; anything but y or yes is no. Raises `Nobody`."""
        return self.ask(f"{question} [y/N]").lower() in ("y", "yes")
