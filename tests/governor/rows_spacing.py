"""Row tests of spacing between changes (I11): seconds, pairs, boards that move by themselves."""

from __future__ import annotations

from typing import Any

from tests.governor.drive import AQUASTAT, BOILER, BURNER, MIN, OFF, Drive, S, wish

DAY = 24 * 60 * MIN
ZONE, OPS = "relay17", "relay18"


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


def row_taking_back_what_was_not_taken_is_no_move(g: Any) -> None:
    d = Drive(g)
    d.settle()
    d.deaf = {ZONE}
    d.at(10 * MIN, wish(**{ZONE: 1}))
    d.at(10 * MIN + S, wish())
    assert d.memory.life.changes[ZONE] == (10 * MIN,)
    d.at(10 * MIN + 2 * S, wish(**{ZONE: 1}))
    assert d.out(ZONE) == 1
    assert d.memory.life.changes[ZONE] == (10 * MIN, 10 * MIN + 2 * S)


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


def row_an_answer_no_relay_can_give_is_silence(g: Any) -> None:
    answers: tuple[Any, ...] = (2, -1, 1.0, True)
    for answer in answers:
        d = Drive(g)
        d.settle()
        d.coils[ZONE] = answer
        d.at(10 * MIN, wish())
        shown = d.memory.life.shown[ZONE]
        assert (d.out(ZONE), shown.value, shown.known) == (0, None, 0)


def row_a_silence_is_no_move(g: Any) -> None:
    """A cable that comes and goes must not keep a relay where it is for ever."""
    d = Drive(g)
    d.settle()
    d.at(10 * MIN, wish(**{ZONE: 1}))
    d.at(11 * MIN, wish(**{ZONE: 1}))
    d.silent = {ZONE}
    d.at(11 * MIN + S, wish(**{ZONE: 1}))
    d.silent = set()
    d.at(11 * MIN + 2 * S, wish(**{ZONE: 1}))
    d.at(11 * MIN + 2_100, wish())
    assert d.out(ZONE) == 0
    d.silent = {ZONE}
    d.at(12 * MIN, wish())
    d.at(12 * MIN + 100, wish(**{ZONE: 1}))
    assert d.out(ZONE) == 1


def row_found_elsewhere_than_told_after_a_silence_it_has_moved(g: Any) -> None:
    """Told 1 while it cannot be read, found at 0 where it was: it may have gone there and fallen back."""
    d = Drive(g)
    d.settle()
    d.at(10 * MIN, wish())
    d.silent, d.deaf = {ZONE}, {ZONE}
    d.at(11 * MIN, wish(**{ZONE: 1}))
    d.at(12 * MIN, wish(**{ZONE: 1}))
    d.silent, d.deaf = set(), set()
    for after_ms, given in ((100, 0), (1_999, 0), (2_000, 1)):
        d.at(12 * MIN + after_ms, wish(**{ZONE: 1}))
        assert d.out(ZONE) == given


# ------------------------------------------------------------------------------------- 200 times a day


def _worn(d: Drive, node: str = ZONE, times: int = 198) -> int:
    """Move a relay that often, every two seconds; returns when it moved first."""
    d.settle()
    t = 10 * MIN
    for i in range(times):
        d.at(t + 2 * S * i, wish(**{node: 1 - i % 2}))
        assert d.out(node) == 1 - i % 2
    return t


def row_after_198_changes_a_day_a_relay_rests(g: Any) -> None:
    d = Drive(g)
    t = _worn(d)
    d.at(t + DAY - 1, wish(**{ZONE: 1}))
    assert d.out(ZONE) == 0
    assert d.rules() == {ZONE: "I11"}
    assert d.words(ZONE) == "moved 198 times within a day"
    d.at(t + DAY, wish(**{ZONE: 1}))
    assert d.out(ZONE) == 1
    assert len(d.memory.life.changes[ZONE]) == 198
    assert d.memory.life.changes[ZONE][0] == t + 2 * S


def row_197_changes_are_not_enough(g: Any) -> None:
    d = Drive(g)
    t = _worn(d, times=197)
    d.at(t + 400 * S, wish(**{ZONE: 1}))
    assert d.out(ZONE) == 1
    assert d.rules() == {}
    d.at(t + 402 * S, wish(**{ZONE: 1}))
    d.at(t + 404 * S, wish())
    assert d.out(ZONE) == 0
    d.at(t + 406 * S, wish(**{ZONE: 1}))
    assert d.out(ZONE) == 0


def row_a_worn_relay_takes_its_pair_to_rest(g: Any) -> None:
    d = Drive(g)
    t = _worn(d, times=196)
    d.at(t + 392 * S, wish(**{ZONE: 1, OPS: 1}))
    d.at(t + 394 * S, wish(**{OPS: 1}))
    assert (d.out(ZONE), d.out(OPS)) == (0, 1)
    d.at(t + 395 * S, wish(**{OPS: 1, "relay19": 1}))
    assert (d.out(ZONE), d.out(OPS), d.out("relay19")) == (0, 0, 1)


def row_a_worn_relay_stays_for_two_seconds_and_then_rests(g: Any) -> None:
    d = Drive(g)
    t = _worn(d, times=197)
    assert d.out(ZONE) == 1
    d.at(t + 394 * S, wish(**{ZONE: 0}))
    d.by_itself(ZONE, 1)
    for after_ms, given in ((395_000, 1), (395_999, 1), (396_000, 0), (398_000, 0)):
        d.at(t + after_ms, wish(**{ZONE: 1}))
        assert d.out(ZONE) == given


def row_a_worn_heat_relay_gives_every_source_back(g: Any) -> None:
    d = Drive(g)
    t = _worn(d, BURNER)
    d.at(t + 400 * S, wish(OFF))
    assert (d.hp(), d.out(BOILER), d.out(BURNER)) == (AQUASTAT, 0, 0)
    assert set(d.rules().values()) == {"I11"}
    d.at(t + 401 * S, wish(OFF), hottest_water_c=90.1)
    assert (d.hp(), d.out(BOILER)) == (OFF, 1)


def row_moves_of_an_earlier_process_count(g: Any) -> None:
    d = Drive(g, memory=g.GovernorMemory((), {ZONE: tuple(range(-198 * S, 0, S))}))
    d.settle()
    d.at(10 * MIN, wish(**{ZONE: 1}))
    assert d.out(ZONE) == 0
    d.at(DAY - 198 * S, wish(**{ZONE: 1}))
    assert d.out(ZONE) == 1
