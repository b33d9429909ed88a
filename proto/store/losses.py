"""What the store could not keep: counted for good, and told once to whoever asks."""

from __future__ import annotations

from collections import deque

from proto.store import frames as f
from proto.store.port import Loss, StoreCounts

MAX_LOSSES = 100
COUNTED = ("thinned", "dropped", "damaged", "quarantined")


class Losses:
    """A bounded list beside `counts`."""

    def __init__(self, counts: StoreCounts) -> None:
        self._counts = counts
        self._told: deque[Loss] = deque(maxlen=MAX_LOSSES)

    def add(self, cause: str, words: str, count: int = 1) -> None:
        """Something was lost; the same again is one loss with a greater count."""
        last = self._told[-1] if self._told else None
        if last is not None and (last.cause, last.words) == (cause, words):
            count += self._told.pop().count
        self._told.append(Loss(cause, words, count))

    def hear(self, reply: f.Trouble) -> None:
        """The writer lost something; a count of 0 is only a sign of life."""
        if reply.cause in COUNTED:
            setattr(self._counts, reply.cause, getattr(self._counts, reply.cause) + reply.count)
        if reply.count:
            self.add(reply.cause, reply.words, reply.count)

    def words(self) -> list[str]:
        """The sentences, without taking them."""
        return [loss.words for loss in self._told]

    def take(self) -> tuple[Loss, ...]:
        """What was lost since the last call."""
        if not self._told:
            return ()
        drained = tuple(self._told)
        self._told.clear()
        return drained
