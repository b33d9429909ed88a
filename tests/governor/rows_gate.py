"""Row tests of first evaluation, lease, hand-back and whole outputs (I12, I14, I20, I26)."""

from __future__ import annotations

from typing import Any

from tests.governor.drive import AQUASTAT, BOILER, BURNER, HP, MIN, OFF, ON, P_ON, PRIMARY, Drive, S, wish

DAY = 24 * 60 * MIN
ZONE, OPS = "relay17", "relay18"


def _without(*nodes: str, **more: Any) -> dict[str, int]:
    return {n: v for n, v in wish(**more).items() if n not in nodes}


# ------------------------------------------------------------------------------------------------ I12


def row_nothing_is_energised_before_the_first_complete_decision(g: Any) -> None:
    d = Drive(g)
    d.coils[ZONE] = 1
    partial = _without("relay2", **{ZONE: 1, "store-010v": 80})
    for ms in (0, 100, 20 * MIN):
        d.at(ms, partial)
        assert d.last.outputs == d.gate.rest
        assert set(d.rules().values()) == {"I12"}
        assert {veto.name for veto in d.last.vetoes} == {"evaluated"}
    d.at(20 * MIN + 2 * S, wish(**{ZONE: 1, "store-010v": 80}))
    assert (d.out(ZONE), d.out(BOILER), d.out("store-010v")) == (1, 1, 80)


def row_rest_is_all_coils_off_and_the_pumps_at_their_default(g: Any) -> None:
    d = Drive(g)
    assert d.gate.rest == dict.fromkeys(d.coils, 0) | {"dist-010v": 30, "store-010v": 50}
    d.at(0, {})
    assert d.last.outputs == d.gate.rest


def row_a_running_heat_pump_is_kept_over_a_restart_of_ours(g: Any) -> None:
    d = Drive(g)
    d.coils |= dict(zip(HP, ON, strict=True)) | {BOILER: 1}
    d.at(0, wish(ON))
    assert d.hp() == ON
    d.at(100, wish(OFF))
    assert d.hp() == ON


# ------------------------------------------------------------------------------------------------ I14


def row_an_output_nobody_asks_for_rests_after_three_seconds(g: Any) -> None:
    d = Drive(g)
    d.settle()
    t = 10 * MIN
    d.at(t, wish(**{ZONE: 1, "store-010v": 80}))
    d.at(t + 100, _without(ZONE, "store-010v"))
    d.at(t + 2_999, _without(ZONE, "store-010v"))
    assert (d.out(ZONE), d.out("store-010v")) == (1, 80)
    d.at(t + 3_000, _without(ZONE, "store-010v"))
    assert (d.out(ZONE), d.out("store-010v")) == (0, 50)
    assert d.rules() == {ZONE: "I14", "store-010v": "I14"}


def row_one_long_tick_is_enough_for_a_lease_to_lapse(g: Any) -> None:
    d = Drive(g)
    d.settle()
    d.at(10 * MIN, wish(**{ZONE: 1}))
    d.at(10 * MIN + 10 * S, _without(ZONE))
    assert d.out(ZONE) == 0


def row_asking_again_renews_the_lease(g: Any) -> None:
    d = Drive(g)
    d.settle()
    t = 10 * MIN
    d.at(t, wish(**{ZONE: 1}))
    for after_s in (2, 6):
        d.at(t + after_s * S, _without(ZONE))
        assert d.out(ZONE) == 1
        d.at(t + (after_s + 2) * S, wish(**{ZONE: 1})) if after_s == 2 else None
    d.at(t + 7 * S, _without(ZONE))
    assert d.out(ZONE) == 0


def row_any_of_5_6_8_and_10_releases_all_of_them(g: Any) -> None:
    for node in (*HP, BOILER, BURNER):
        d = Drive(g)
        d.settle()
        d.at(10 * MIN, wish(OFF, **{BURNER: 1}))
        d.at(10 * MIN + 4 * S, _without(node, hp=OFF, **{BURNER: 1}))
        assert (d.hp(), d.out(BOILER), d.out(BURNER)) == (AQUASTAT, 0, 0)


def row_a_lapsed_lease_ends_even_a_young_run(g: Any) -> None:
    d = Drive(g)
    t = d.run(P_ON)
    d.at(t + 3_000, {})
    assert (d.hp(), d.pair(PRIMARY)) == (AQUASTAT, (0, 0))


def row_either_primary_relay_releases_both(g: Any) -> None:
    for node in PRIMARY:
        d = Drive(g)
        d.settle()
        d.at(10 * MIN, wish(OFF, P_ON))
        d.at(10 * MIN + 3 * S, _without(node, primary=P_ON))
        assert d.pair(PRIMARY) == (0, 0)


def row_a_lapsed_pair_waits_for_the_one_that_just_moved(g: Any) -> None:
    d = Drive(g)
    d.settle()
    t = 10 * MIN
    d.at(t, wish(**{ZONE: 1}))
    d.at(t + S, wish(**{ZONE: 1, OPS: 1}))
    d.at(t + 1_100, {n: v for n, v in wish(**{OPS: 1}).items() if n != ZONE})
    d.at(t + 2_100, _without(ZONE))
    d.at(t + 4_099, {n: v for n, v in wish(**{OPS: 1}).items() if n != ZONE})
    assert (d.out(ZONE), d.out(OPS)) == (0, 0)


def row_an_impossible_value_is_not_an_assertion(g: Any) -> None:
    for node, value in (
        (ZONE, 2),
        (ZONE, -1),
        (ZONE, 0.5),
        (ZONE, 1.0),
        (ZONE, True),
        (ZONE, None),
        ("store-010v", 101),
    ):
        d = Drive(g)
        d.settle()
        t = 10 * MIN
        d.at(t, wish(**{ZONE: 1, "store-010v": 100}))
        wrong: Any = wish(**{ZONE: 1, "store-010v": 100}) | {node: value}
        d.at(t + S, wrong)
        assert d.out(node) == (1 if node == ZONE else 100)
        assert d.words(node) == f"{node} cannot be told {value}: no such actuator or value"
        assert d.rules() == {node: "I20"}
        d.at(t + 3 * S, wrong)
        assert d.out(node) == (0 if node == ZONE else 50)


def row_a_pump_voltage_may_be_zero_to_ten(g: Any) -> None:
    d = Drive(g)
    d.settle()
    for value in (0, 100):
        d.tick(wish(**{"store-010v": value}))
        assert d.out("store-010v") == value


# ------------------------------------------------------------------------------------------- I20, I26


def row_every_actuator_of_the_house_goes_out_once_and_no_other(g: Any) -> None:
    d = Drive(g)
    d.settle()
    d.tick(wish(relay31=1))
    assert set(d.last.outputs) == set(wish())
    veto = d.last.vetoes[0]
    assert (veto.actuator, veto.wished, veto.given, veto.rule) == ("relay31", 1, 0, "I20")


def row_what_went_out_cannot_be_changed_behind_the_gate(g: Any) -> None:
    d = Drive(g)
    d.settle()
    try:
        d.last.outputs["relay6"] = 0
    except TypeError:
        return
    raise AssertionError("the outputs can be written")


def row_a_veto_tells_what_was_wished_and_what_goes_out(g: Any) -> None:
    d = Drive(g)
    d.settle()
    d.tick(wish(ON), 3 * S)
    (veto,) = d.last.vetoes
    assert (veto.actuator, veto.wished, veto.given, veto.rule) == ("relay6", 0, 1, "I04")


def row_a_fault_hands_everything_back_at_once(g: Any) -> None:
    d = Drive(g)
    t = d.run(P_ON)
    d.at(t + S, wish(ON, P_ON, **{ZONE: 1, OPS: 1, "store-010v": 80}))
    d.at(
        t + S + 100,
        wish(ON, P_ON, **{ZONE: 1, OPS: 1, "store-010v": 80}),
        hand_back=True,
        hottest_water_c=95.0,
    )
    assert d.last.outputs == d.gate.rest
    assert set(d.rules().values()) == {"I26"}
    assert d.words(ZONE) == "the house is handed back"


def row_after_a_hand_back_a_running_compressor_is_taken_over(g: Any) -> None:
    d = Drive(g)
    t = d.run(P_ON)
    d.at(t + S, wish(ON, P_ON), hand_back=True, hp_w=3000.0)
    d.at(t + 10 * S, wish(ON, P_ON), hp_w=3000.0)
    assert d.hp() == ON
