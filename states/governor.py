"""The last gate: the only writer of actuators. It knows no goals; it may only refuse, and says why.

A refusal holds an output where it is or pulls it to the safe side. The rules run in the order of `RULES`;
a later one overrules an earlier one. All limits are times, never numbers of ticks.
"""

from __future__ import annotations

from types import MappingProxyType

from msgspec import Struct
from msgspec.structs import replace

from layouts.effects import REST
from states.governor_gate import BOUNDS, Gate, compile_gate
from states.governor_memory import (
    DAY_MS,
    Exempt,
    GovernorMemory,
    Life,
    Seen,
    asserted,
    observe,
)
from states.governor_past import GovernorPast, keep, restore
from states.governor_rules import RULES
from states.governor_step import Step
from states.image import Outputs, Veto

__all__ = [
    "CONFLICTS", "RULES", "Exempt", "Gate", "Governed", "GovernorMemory", "GovernorPast", "Life", "Seen",
    "compile_gate", "govern", "keep", "render_governor", "restore",
]  # fmt: skip


CONFLICTS = (
    ("I12, I26", "all", "before the first complete decision and in a Fault every relay rests at once"),
    (
        "I05, I06, I08",
        "I02, I11, I14",
        "too hot or dry, a source goes off at once, whoever asks; back in its time",
    ),
    ("I09", "I14", "the primary pump ends its purge though nobody asks for it"),
    ("I14", "I02", "what nobody asks for rests even in a young run, which the aquastat may carry on"),
    (
        "I11",
        "every wish",
        "a worn relay rests until the day has passed: the house's own thermostats take over",
    ),
    (
        "I32, I33",
        "I02, I04",
        "in an emergency (freeze or comfort guard) neither run time nor start delay counts",
    ),
)
"""Where two invariants disagree: which one counts, which gives way, and what that looks like."""


class Governed(Struct, frozen=True):
    """What goes out (read-only, every actuator of the house once), what was refused, what to remember."""

    outputs: Outputs
    vetoes: tuple[Veto, ...]
    memory: GovernorMemory

    @property
    def waiting(self) -> str:
        """Why the compressor is made to wait ("waiting 214 s ..."), else empty."""
        return next((v.words for v in self.vetoes if v.words.startswith("waiting")), "")


def govern(wish: Outputs, seen: Seen, memory: GovernorMemory, gate: Gate) -> Governed:
    """One tick of the gate: `wish` may be partial or absurd, what comes out is whole and legal.

    An actuator that the wish does not name (or names with an impossible value) counts as not asserted: it
    is held for three seconds and then rests.
    """
    said = asserted(gate, wish)
    life = observe(gate, seen, memory, said)
    step = Step(gate, seen, life, said)
    for rule in RULES:
        step.rule, step.name = rule.invariant, rule.name
        rule.apply(step)
    vetoes = [Veto(n, step.asked[n], v, *step.why[n]) for n, v in step.out.items() if v != step.asked[n]]
    vetoes += [
        Veto(n, v, step.out.get(n, REST), "I20", f"{n} cannot be told {v}: no such actuator or value")
        for n, v in wish.items()
        if n not in said
    ]
    moved = [node for node in gate.relays if step.moves(node)]
    stamps = {n: (*(t for t in life.changes.get(n, ()) if step.now - t < DAY_MS), step.now) for n in moved}
    after = replace(
        life,
        held=step.out,
        changes=life.changes | stamps if stamps else life.changes,
        starting_ms=step.now if step.starting() else None,
    )
    return Governed(MappingProxyType(step.out), tuple(vetoes), replace(memory, life=after))


def render_governor() -> str:
    """The rules, what gives way to what, and the compiled bounds as Markdown."""
    rules = [
        f"| {i} | {r.name} | {r.invariant} | {r.words} | {r.tells or '–'} |" for i, r in enumerate(RULES, 1)
    ]
    bounds = [f"| `{b.setting}` | {b.words} |" for b in BOUNDS]
    head = ["| rank | rule | keeps | what it does | lasting, tells |", "|---|---|---|---|---|"]
    ranks = [f"| {over} | {under} | {words} |" for over, under, words in CONFLICTS]
    ranks = ["| outranks | gives way | so |", "|---|---|---|", *ranks]
    limits = ["| setting | compiled bound |", "|---|---|", *bounds]
    return "\n".join([*head, *rules, "", *ranks, "", *limits, ""])
