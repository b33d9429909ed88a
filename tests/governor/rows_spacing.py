"""Row tests of spacing between changes (I11): seconds, pairs, boards that move by themselves."""

from __future__ import annotations

from typing import Any

from tests.governor.drive import MIN, Drive, S, wish

DAY = 24 * 60 * MIN
ZONE, OPS = "relay17", "relay18"


def _without(*nodes: str, **more: Any) -> dict[str, int]:
    return {n: v for n, v in wish(**more).items() if n not in nodes}


# ------------------------------------------------------------------------------------------------ I11


def row_nothing_moves_in_the_first_two_seconds(g: Any) -> None:
    d = Drive(g)
    d.at(0, wish(**{ZONE: 1}))
    d.at(1_999, wish(**{ZONE: 1}))
    assert d.out(ZONE) == 0
    d.at(2_000, wish(**{ZONE: 1}))
    assert d.out(ZONE) == 1


def row_two_seconds_between_two_changes(g: Any) -> None:
    d = Drive(g)
    d.settle()
    t = 10 * MIN
    d.at(t, wish(**{ZONE: 1}))
    d.at(t + 1_999, wish())
    assert d.out(ZONE) == 1
    assert d.rules() == {ZONE: "I11"}
    d.at(t + 2_000, wish())
    assert d.out(ZONE) == 0


def row_two_seconds_between_two_commands_to_a_silent_relay(g: Any) -> None:
    d = Drive(g)
    d.settle()
    d.silent = {ZONE}
    t = 10 * MIN
    d.at(t - 5 * S, wish())
    d.at(t - 3 * S, wish(**{ZONE: 1}))
    d.at(t, wish())
    d.at(t + 1_999, wish(**{ZONE: 1}))
    assert d.out(ZONE) == 0
    d.at(t + 2_000, wish(**{ZONE: 1}))
    assert d.out(ZONE) == 1


def row_a_pair_waits_as_one(g: Any) -> None:
    d = Drive(g)
    d.settle()
    t = 10 * MIN
    d.at(t, wish(**{OPS: 1}))
    d.at(t + S, wish(**{ZONE: 1}))
    assert (d.out(ZONE), d.out(OPS)) == (0, 1)
    d.at(t + S + 1, wish(**{ZONE: 1, OPS: 1}))
    assert (d.out(ZONE), d.out(OPS)) == (1, 1)


def row_one_zone_does_not_wait_for_another(g: Any) -> None:
    d = Drive(g)
    d.settle()
    d.at(10 * MIN, wish(**{ZONE: 1}))
    d.at(10 * MIN + S, wish(relay19=1))
    assert (d.out(ZONE), d.out("relay19")) == (1, 1)


def row_a_write_that_did_not_take_is_said_again_at_once(g: Any) -> None:
    d = Drive(g)
    d.settle()
    d.deaf = {ZONE}
    for i in range(5):
        d.at(10 * MIN + 100 * i, wish(**{ZONE: 1}))
        assert d.out(ZONE) == 1
    assert d.memory.life.changes[ZONE] == (10 * MIN,)
    d.at(10 * MIN + 600, wish())
    assert d.out(ZONE) == 0


def row_a_relay_that_moved_by_itself_waits_two_seconds_too(g: Any) -> None:
    d = Drive(g)
    d.settle()
    t = 10 * MIN
    d.at(t, wish(**{ZONE: 1}))
    d.at(t + MIN, wish(**{ZONE: 1}))
    d.by_itself(ZONE, 0)
    d.at(t + MIN + 100, wish(**{ZONE: 1}))
    assert d.out(ZONE) == 0
    d.at(t + MIN + 2_099, wish(**{ZONE: 1}))
    assert d.out(ZONE) == 0
    d.at(t + MIN + 2_100, wish(**{ZONE: 1}))
    assert d.out(ZONE) == 1


def row_a_board_that_comes_back_is_taken_as_it_is(g: Any) -> None:
    d = Drive(g)
    d.settle()
    d.at(10 * MIN, wish(**{ZONE: 1}))
    d.silent = set(d.coils)
    d.at(11 * MIN, wish(**{ZONE: 1}))
    d.silent = set()
    d.by_itself(ZONE, 0)
    d.at(12 * MIN, wish(**{ZONE: 1}))
    assert d.out(ZONE) == 0
    d.at(12 * MIN + 2 * S, wish(**{ZONE: 1}))
    assert d.out(ZONE) == 1


def row_a_relay_missing_from_the_readbacks_is_silent(g: Any) -> None:
    d = Drive(g)
    d.settle()
    d.at(10 * MIN, wish(relay9=1))
    del d.coils["relay3"]
    d.at(11 * MIN, wish(relay9=1))
    assert d.out("relay9") == 0


def row_a_silence_is_stamped_when_it_begins(g: Any) -> None:
    d = Drive(g)
    d.settle()
    d.silent = {ZONE}
    d.at(10 * MIN, wish())
    d.at(10 * MIN + 1_999, wish(**{ZONE: 1}))
    assert d.out(ZONE) == 0
    d.at(10 * MIN + 2_000, wish(**{ZONE: 1}))
    assert d.out(ZONE) == 1


def row_198_changes_a_day_are_for_wishes(g: Any) -> None:
    d = Drive(g)
    d.settle()
    t = 10 * MIN
    for i in range(198):
        d.at(t + 2 * S * i, wish(**{ZONE: 1 - i % 2}))
        assert d.out(ZONE) == 1 - i % 2
    d.at(t + DAY - 1, wish(**{ZONE: 1}))
    assert d.out(ZONE) == 0
    assert d.words(ZONE) == "moved less than 2 s ago, or 198 times today"
    d.at(t + DAY, wish(**{ZONE: 1}))
    assert d.out(ZONE) == 1
    assert len(d.memory.life.changes[ZONE]) == 198
    assert d.memory.life.changes[ZONE][0] == t + 2 * S


def row_a_pull_to_the_safe_side_is_still_there_after_198(g: Any) -> None:
    d = Drive(g)
    d.settle()
    t = 10 * MIN
    for i in range(198):
        d.at(t + 2 * S * i, wish(**{ZONE: 1 - i % 2}))
    d.at(t + DAY, wish(**{ZONE: 1}))
    for after_s in (3, 6):
        d.at(t + DAY + after_s * S, _without(ZONE))
    assert d.out(ZONE) == 0
