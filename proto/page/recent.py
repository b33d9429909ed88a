"""What happened lately, as lines for the page: events of the house and what a demo tells, the newest few."""

from __future__ import annotations

from collections import deque
from typing import Any

from states.image import Event

SHOWN = frozenset({"transition", "fault", "clear", "contract", "admin", "refused", "note"})
KEPT = 100
MAX_WORDS = 300


class Recent:
    """The last lines, each with a running number; `take_new` gives those nobody was sent yet."""

    def __init__(self) -> None:
        self._kept: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._new: list[dict[str, Any]] = []
        self._count = 0

    def event(self, event: Event) -> None:
        """An event of a tick; what is not worth a line is passed over."""
        if event.kind in SHOWN:
            self._add(
                event.kind,
                event.words,
                event.wall_ms,
                name=event.name,
                before=event.before,
                after=event.after,
            )

    def told(self, words: str, wall_ms: int) -> None:
        """A line of the demo."""
        self._add("demo", words, wall_ms)

    def _add(self, kind: str, words: str, wall_ms: int, **more: str) -> None:
        self._count += 1
        line = {"n": self._count, "time_s": wall_ms // 1000, "kind": kind, "words": words[:MAX_WORDS]}
        line |= {key: value[:MAX_WORDS] for key, value in more.items() if value}
        self._kept.append(line)
        if len(self._new) < KEPT:
            self._new.append(line)

    def all(self) -> list[dict[str, Any]]:
        """The kept lines, oldest first."""
        return list(self._kept)

    def take_new(self) -> list[dict[str, Any]]:
        """Lines since the last call."""
        if not self._new:
            return self._new
        new, self._new = self._new, []
        return new
