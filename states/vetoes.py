"""Refusals of the last gate that last: told to the ATN once, and again only after they were gone for a while.

Which rule is worth a word, and how loud, is a column of its table (`states/governor_rules.py`). Rests and
least run times are ordinary and tell nothing; what has a row in the fault table is told as a fault.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from msgspec import Struct
from msgspec.structs import replace

from states.governor_rules import RULES
from states.image import Event, Now, SayGlitch, Veto

LASTING_MS = 60_000
GONE_MS = 600_000
"""So long it must have been gone before it is told again."""
UNSEEN_MS = 30_000
"""A longer pause between two looks begins it anew."""
NO_RULE = "no such output"
"""A wish for an actuator or value that does not exist: refused by the gate itself."""
LEVELS: Mapping[str, str] = MappingProxyType(
    {**{rule.name: rule.tells for rule in RULES if rule.tells}, NO_RULE: "Warning"}
)


class Refusal(Struct, frozen=True, gc=False):
    """One rule's refusal: since when, when seen last, what it said then, whether told; house mono ms."""

    since_ms: int
    last_ms: int
    actuators: tuple[str, ...] = ()
    words: str = ""
    told: bool = False
    times: int = 0
    """How often it was told since the program started."""


Refusals = Mapping[str, Refusal]
"""By the rule's name: one entry a rule at most."""
NONE: Refusals = MappingProxyType({})


def noted(before: Refusals, vetoes: Sequence[Veto], now_ms: int) -> Refusals:
    """What is refused now, after the gate; the same object while there is nothing to note."""
    if not vetoes and not before:
        return before
    fresh: dict[str, list[Veto]] = {}
    for veto in vetoes:
        name = veto.name or NO_RULE
        if name in LEVELS:
            fresh.setdefault(name, []).append(veto)
    found = {name: _seen(before.get(name), seen, now_ms) for name, seen in fresh.items()}
    for name, old in before.items():
        if name not in found and (old.told or old.times):
            found[name] = replace(old, told=old.told and now_ms - old.last_ms < GONE_MS)
    return MappingProxyType(found) if found else NONE


def _seen(old: Refusal | None, vetoes: list[Veto], now_ms: int) -> Refusal:
    old = old or Refusal(now_ms, now_ms)
    since_ms = old.since_ms if now_ms - old.last_ms < UNSEEN_MS else now_ms
    nodes = tuple(sorted(veto.actuator for veto in vetoes))
    return Refusal(since_ms, now_ms, nodes, vetoes[0].words, old.told, old.times)


def tell(refusals: Refusals, now: Now) -> tuple[Refusals, list[SayGlitch], list[Event]]:
    """What has lasted and was not told yet, for the ATN and at home; the same object when nothing has."""
    due = [
        name
        for name, one in refusals.items()
        if not one.told and one.last_ms - one.since_ms >= LASTING_MS and now.mono_ms - one.last_ms < UNSEEN_MS
    ]
    if not due:
        return refusals, [], []
    after = dict(refusals)
    says: list[SayGlitch] = []
    for name in due:
        one = refusals[name]
        after[name] = replace(one, told=True, times=one.times + 1)
        lasted_s = (one.last_ms - one.since_ms) // 1000
        again = f", for the {one.times + 1}. time since the program started" if one.times else ""
        words = f"{', '.join(one.actuators)} held back for {lasted_s} s now{again}: {one.words}"
        says.append(SayGlitch("s", LEVELS[name], f"governor {name}", words))
    events = [Event("veto", one.summary, one.details, now.mono_ms, now.wall_ms) for one in says]
    return MappingProxyType(after), says, events
