"""A tick of the last gate in progress: what goes out as it stands, and the ways a rule may refuse."""

from __future__ import annotations

from collections.abc import Iterable

from states.governor_gate import HP_ON, Gate, Pair
from states.governor_memory import SECOND_MS, Life, Seen, position
from states.image import Outputs

SPACING_MS = 2 * SECOND_MS


class Step:
    """One call in progress: the outputs as they stand and which rule last spoke for each."""

    __slots__ = ("asked", "gate", "life", "name", "now", "out", "rule", "seen", "shows", "why")

    def __init__(self, gate: Gate, seen: Seen, life: Life, said: Outputs) -> None:
        self.gate, self.seen, self.life, self.now = gate, seen, life, life.mono_ms
        self.shows = {node: position(life.shown, life.held, node) for node in gate.relays}
        self.asked = {node: said.get(node, life.held[node]) for node in gate.legal}
        self.out = dict(self.asked)
        self.why: dict[str, tuple[str, str, str]] = {}
        self.rule = self.name = ""

    @property
    def heat(self) -> Pair:
        """The heat-pump pair as it stands."""
        return self.out[self.gate.heat[0]], self.out[self.gate.heat[1]]

    @property
    def primary(self) -> Pair:
        """The primary-pump pair as it stands."""
        return self.out[self.gate.primary[0]], self.out[self.gate.primary[1]]

    def showing(self, nodes: tuple[str, str]) -> Pair:
        """Where a pair is now."""
        return self.shows[nodes[0]], self.shows[nodes[1]]

    def starting(self) -> bool:
        """The heat pump would be called while the compressor is not known to run."""
        return self.heat == HP_ON and (not self.life.compressor.running or self.life.compressor.unsure)

    def give(self, values: Outputs, words: str) -> None:
        """Put values out at once, whatever moved when."""
        for node, value in values.items():
            self.out[node] = value
            self.why[node] = (self.rule, words, self.name)

    def hold(self, nodes: Iterable[str], words: str) -> None:
        """Leave relays where they are."""
        self.give({node: self.shows[node] for node in nodes}, words)

    def pull(self, values: Outputs, words: str) -> None:
        """Put values out, all of them, unless one that must move moved less than two seconds ago."""
        moves = [node for node, value in values.items() if value != self.shows.get(node, value)]
        if not any(self.moved_lately(node) for node in moves):
            self.give(values, words)

    def steer(self, values: Outputs, words: str) -> None:
        """Put values out as soon as every relay that must move may; until then nothing moves."""
        self.hold(values, words)
        self.pull(values, words)

    def moves(self, node: str) -> bool:
        """Neither told so before nor there already (a command that was not taken may be taken back)."""
        return self.out[node] not in (self.life.held[node], self.shows[node])

    def moved_lately(self, node: str) -> bool:
        """By the board's word or by ours."""
        last = max((self.life.shown[node].moved_ms, *self.life.changes.get(node, ())))
        return self.now - last < SPACING_MS
