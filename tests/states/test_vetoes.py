"""A refusal of the last gate that lasts is told once, and again only after it was gone for a while."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from states import vetoes
from states.governor_rules import RULES
from states.image import HeardAdmin, HeardRelease, Now, SayGlitch, Veto
from states.vetoes import GONE_MS, LASTING_MS, LEVELS, NO_RULE, NONE, Refusals
from tests.states.bench import Bench
from tests.states.test_who_is_in_charge import settled

S = 1000
ADMIN = "admin"
ORDINARY = {"spacing", "least run", "first start", "rest first", "grid back", "evaluated", "purge"}
"""Waits that belong to every day."""
AS_FAULTS = {"flow", "leaving water", "hot water", "hand-back"}
"""A row of the fault table tells."""


def veto(name: str, node: str = "relay9", words: str = "because") -> Veto:
    return Veto(node, 1, 0, "I07", words, name)


class Watch:
    """Ticks of one second; what was told, with the second."""

    def __init__(self) -> None:
        self.refusals: Refusals = NONE
        self.at = 0
        self.told: list[tuple[int, SayGlitch]] = []

    def run(self, seconds: int, *found: Veto, step_s: int = 1) -> Watch:
        for _ in range(0, seconds, step_s):
            self.at += step_s
            now = Now(self.at * S, self.at * S, 0)
            self.refusals, says, events = vetoes.tell(self.refusals, now)
            assert [one.words for one in events] == [one.details for one in says]
            self.told += [(self.at, one) for one in says]
            self.refusals = vetoes.noted(self.refusals, found, now.mono_ms)
        return self


def test_every_rule_is_loud_ordinary_or_a_fault() -> None:
    names = {rule.name for rule in RULES}
    assert len(names) == len(RULES)
    assert {rule.name for rule in RULES if rule.tells} == names - ORDINARY - AS_FAULTS
    assert {rule.tells for rule in RULES} == {"", "Info", "Warning"}
    assert set(LEVELS) == names - ORDINARY - AS_FAULTS | {NO_RULE}


@pytest.mark.parametrize("step_s", [1, 10])
def test_a_minute_of_refusal_is_told_once_in_the_words_of_the_rule(step_s: int) -> None:
    watch = Watch().run(55, veto("charge", "relay3"), step_s=step_s)
    assert watch.told == []
    watch.run(3600, veto("charge", "relay3", "the store pump runs, or may run"), step_s=step_s)
    ((at, said),) = watch.told
    assert 61 <= at <= 61 + 2 * step_s
    assert (said.node, said.level, said.summary) == ("s", "Warning", "governor charge")
    assert said.details == f"relay3 held back for {60} s now: the store pump runs, or may run"


def test_a_refusal_that_comes_and_goes_is_none() -> None:
    watch = Watch()
    for _ in range(100):
        watch.run(50, veto("charge")).run(31)
    assert watch.told == []


def test_it_is_told_again_after_it_was_gone_for_ten_minutes_and_not_before() -> None:
    watch = Watch().run(120, veto("starts")).run(300).run(120, veto("starts"))
    assert len(watch.told) == 1, "gone for five minutes only"
    watch.run(GONE_MS // S + 5).run(120, veto("starts", words="waiting 9 s"))
    assert [said.details for _, said in watch.told] == [
        "relay9 held back for 60 s now: because",
        "relay9 held back for 60 s now, for the 2. time since the program started: waiting 9 s",
    ]


@pytest.mark.parametrize("name", sorted(ORDINARY | AS_FAULTS))
def test_ordinary_waits_and_what_is_a_fault_tell_nothing(name: str) -> None:
    watch = Watch().run(900, veto(name))
    assert watch.told == []
    assert watch.refusals is NONE


def test_an_output_that_does_not_exist_is_told() -> None:
    ((_, said),) = Watch().run(100, Veto("relay99", 1, 0, "I20", "no such actuator")).told
    assert said.summary == "governor no such output"


def test_all_that_is_held_back_by_one_rule_is_one_glitch() -> None:
    ((_, said),) = Watch().run(100, veto("wear", "relay6"), veto("wear", "relay5")).told
    assert said.details.startswith("relay5, relay6 held back")


def test_a_program_that_stood_still_saw_no_minute() -> None:
    watch = Watch().run(5, veto("charge"))
    watch.at += 300
    assert watch.run(5, veto("charge")).told == []
    assert LASTING_MS == 60 * S


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([*sorted(LEVELS), *sorted(ORDINARY)]), st.integers(1, 900)), max_size=30
    )
)
def test_it_stays_small_and_says_little(life: list[tuple[str, int]]) -> None:
    """Never more than a glitch in ten minutes and rule, whatever comes in whatever order."""
    watch = Watch()
    for name, seconds in life:
        watch.run(seconds, veto(name), step_s=5)
    assert len(watch.refusals) <= len(LEVELS)
    for name in LEVELS:
        times = [at for at, said in watch.told if said.summary == f"governor {name}"]
        assert all(later - before > GONE_MS // S for before, later in pairwise(times))


def glitches(bench: Bench, seconds: int) -> list[SayGlitch]:
    found: list[SayGlitch] = []
    for _ in range(seconds):
        bench.leap(1)
        assert bench.decision is not None
        found += [
            one for one in bench.decision.say if isinstance(one, SayGlitch) and "governor" in one.summary
        ]
    return found


def test_a_person_who_asks_for_half_a_pair_is_told_why_nothing_comes_of_it() -> None:
    """Relay 5 at rest and relay 6 pulled mean nothing: the gate gives the pair to the aquastat."""
    bench = settled()
    bench.tick(HeardAdmin(ADMIN, ADMIN, "relay5", 0, 3600))
    bench.tick(HeardAdmin(ADMIN, ADMIN, "relay6", 1, 3600))
    assert glitches(bench, 58) == []
    (said,) = glitches(bench, 600)
    assert (said.level, said.summary) == ("Info", "governor whole pair")
    assert said.details == "relay6 held back for 60 s now: relay 6 means nothing while relay 5 rests"
    assert any(line.startswith("veto governor whole pair") for line in bench.log)
    bench.tick(HeardRelease(ADMIN, ADMIN))
    assert glitches(bench, 120) == []


def test_a_quiet_house_is_told_nothing() -> None:
    assert glitches(settled(), 900) == []
