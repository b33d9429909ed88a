"""The small clocks beside the machine: energy log, heat-pump watch, a person's lease, fault debounce."""

import itertools
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layouts.settings import Admin
from states import admin, faults, heatpump, metering, pico_cycler
from states.fault_kinds import NoForecast
from states.faults import Act, Clears, Fault, Track
from states.image import HeardAdmin, HeardRelease, Now
from states.pico_cycler import PicoCycler
from states.state import HpWatch
from tests.states.bench import Bench

GRID = 1_769_482_800


def now(s: float) -> Now:
    return Now(int((GRID + s) * 1000), int(s * 1000) + 7, int(s * 1000))


# ------------------------------------------------------------------------------------------ metering


@pytest.mark.parametrize("tick_s", [0.1, 1.0, 10.0])
def test_an_hour_at_5_kw_is_5_kwh_at_any_tick(tick_s: float) -> None:
    log, booked = metering.EnergyLog(), 0.0
    for k in range(int(3600 / tick_s) + 1):
        log, added = metering.step(log, now(k * tick_s), 5000.0)
        booked += added
    assert booked == pytest.approx(5000.0, rel=1e-6)
    assert log.total_wh == pytest.approx(booked)


def test_a_contract_in_mid_slot_is_seeded_with_what_was_really_used() -> None:
    log = metering.EnergyLog()
    for s in range(901):
        log, _ = metering.step(log, now(s), 1000.0 if s < 600 else 4000.0)
    expected = 600 * 1000 / 3600 + 300 * 4000 / 3600
    assert metering.used_since(log, GRID, now(900)) == pytest.approx(expected, abs=1.2)
    assert metering.used_since(log, GRID + 600, now(900)) == pytest.approx(300 * 4000 / 3600, abs=1.2)
    assert metering.used_since(log, GRID + 1200, now(900)) == 0.0


def test_time_before_the_first_mark_is_filled_at_the_known_power() -> None:
    log = metering.EnergyLog()
    for s in range(1500, 1801):
        log, _ = metering.step(log, now(s), 2000.0)
    assert metering.used_since(log, GRID, now(1800)) == pytest.approx(1800 * 2000 / 3600, abs=2)


def test_a_silent_meter_holds_for_a_minute_and_is_then_unmeasured() -> None:
    log, _ = metering.step(metering.EnergyLog(), now(0), 3600.0)
    log, added = metering.step(log, now(59), None)
    assert added == pytest.approx(59.0)
    assert not metering.unmeasured(log, now(60))
    log, added = metering.step(log, now(200), None)
    assert added == pytest.approx(1.0)
    assert metering.unmeasured(log, now(61))


# ---------------------------------------------------------------------------------------- heat pump


def drive(watch: HpWatch, from_s: int, to_s: int, called: bool, power_w: float | None) -> HpWatch:
    for s in range(from_s, to_s):
        sight = heatpump.Sight(now(s).mono_ms if called else None, power_w, None)
        watch = heatpump.step(watch, now(s), sight, 1200.0)
    return watch


def test_a_call_in_vain_rests_once_is_retried_and_then_given_up() -> None:
    watch = drive(HpWatch(), 0, 720, True, 60.0)
    assert watch.misses == 0
    watch = drive(watch, 720, 722, True, 60.0)
    assert watch.misses == 1
    assert heatpump.words(watch, now(721).mono_ms).endswith("trying again in 599 s")
    watch = drive(watch, 722, 1330, False, 60.0)
    assert watch.resting_until_ms is None
    watch = drive(watch, 1330, 1330 + 722, True, 60.0)
    assert heatpump.gave_up(watch)
    assert not heatpump.gave_up(heatpump.forgiven(watch))


def test_power_clears_the_record_and_unknown_power_judges_nothing() -> None:
    watch = drive(HpWatch(), 0, 725, True, 60.0)
    watch = drive(watch, 1400, 1500, True, 5000.0)
    assert (watch.misses, watch.running, watch.ran_since_call) == (0, True, True)
    assert drive(HpWatch(), 0, 2000, True, None).misses == 0


def test_a_heat_pump_that_ran_and_pauses_for_defrost_is_not_a_miss() -> None:
    watch = drive(HpWatch(), 0, 300, True, 5000.0)
    watch = drive(watch, 300, 1199, True, 40.0)
    assert watch.misses == 0
    assert drive(watch, 1199, 1203, True, 40.0).misses == 1, "no defrost lasts a quarter of an hour"


# -------------------------------------------------------------------------------------------- admin

NODES = frozenset({"relay2", "relay6", "dist-010v"})
LEASE = Admin()


def command(
    actuator: str | None = "relay2", value: int = 1, lease: int | None = 300, **more: str
) -> HeardAdmin:
    return HeardAdmin(more.get("link", "admin"), more.get("sender", "admin"), actuator, value, lease)


@pytest.mark.parametrize(("asked", "granted_s"), [(300, 300), (None, 86_400), (90_000, 86_400), (0, 1)])
def test_a_lease_is_what_was_asked_at_most_a_day(asked: int | None, granted_s: int) -> None:
    """The admin program asks for no time when it means the longest."""
    hold, refusal = admin.take(None, command(lease=asked), now(10), LEASE, NODES)
    assert refusal == ""
    assert hold is not None
    assert hold.until_ms - now(10).mono_ms == granted_s * 1000


def test_a_site_may_grant_less_than_a_day() -> None:
    strict = Admin(default_lease_s=900, max_lease_s=3600)
    assert admin.lease_ms(None, strict) == 900_000
    assert admin.lease_ms(86_400, strict) == 3_600_000
    assert admin.lease_ms(None, Admin(max_lease_s=600)) == 600_000, "the default never exceeds the most"


def test_each_message_renews_and_commands_add_up() -> None:
    hold, _ = admin.take(None, command(), now(0), LEASE, NODES)
    hold, _ = admin.take(hold, command("dist-010v", 40), now(100), LEASE, NODES)
    hold, _ = admin.take(hold, command(None, 0, 60), now(200), LEASE, NODES)
    assert hold is not None
    assert hold.commands == (("dist-010v", 40), ("relay2", 1))
    assert hold.until_ms == now(260).mono_ms
    assert not admin.expired(hold, now(259))
    assert admin.expired(hold, now(260))


@pytest.mark.parametrize(
    ("heard", "words"),
    [
        (command(link="gridworks_mqtt"), "admin command on the gridworks_mqtt link"),
        (command("relay99"), "no actuator relay99"),
        (command("relay2", 2), "2 is no value for relay2"),
        (command("dist-010v", 101), "101 is no value for dist-010v"),
    ],
)
def test_a_stranger_or_nonsense_changes_nothing(heard: HeardAdmin, words: str) -> None:
    hold, _ = admin.take(None, command(), now(0), LEASE, NODES)
    after, refusal = admin.take(hold, heard, now(50), LEASE, NODES)
    assert after is hold
    assert refusal == words


def test_of_two_people_the_last_to_command_holds_the_house() -> None:
    hold, _ = admin.take(None, command("relay2", 1, 3600), now(0), LEASE, NODES)
    hold, refusal = admin.take(hold, command("dist-010v", 40, 60, sender="other"), now(50), LEASE, NODES)
    assert refusal == ""
    assert hold is not None
    assert (hold.sender, hold.until_ms) == ("other", now(110).mono_ms)
    assert hold.commands == (("dist-010v", 40), ("relay2", 1)), "what the first had set stays"
    assert admin.release(hold, HeardRelease("admin", "admin"))[0] is hold, "it is no longer his"


def test_only_the_holder_lets_go() -> None:
    hold, _ = admin.take(None, command(), now(0), LEASE, NODES)
    assert admin.release(hold, HeardRelease("admin", "mallory")) == (hold, "admin holds the house")
    assert admin.release(hold, HeardRelease("gridworks_mqtt", "admin"))[0] is hold
    assert admin.release(hold, HeardRelease("admin", "admin")) == (None, "")


# ------------------------------------------------------------------------------------------- faults

ROW = Fault("row", NoForecast(), 60, Act.BLIND, "says", clear_s=10)
AGAIN = Fault("again", NoForecast(), 0, Act.HAND_BACK, "says", Clears.AFTER, 100)


def walk(row: Fault, holds: list[bool], step_s: float = 1.0) -> list[str]:
    tracks: faults.Tracks = {}
    log = []
    for k, held in enumerate(holds):
        at = now(k * step_s)
        tracks, raised, cleared = faults.advance(
            (row,), tracks, {row.name} if held else set(), at.mono_ms, at.wall_ms
        )
        log += [f"{k * step_s:g}+" for _ in raised] + [f"{k * step_s:g}-" for _ in cleared]
    return log


def test_a_fault_needs_its_time_to_rise_and_to_fall() -> None:
    assert walk(ROW, [True] * 61) == ["60+"]
    assert walk(ROW, [True] * 60 + [False] + [True] * 60) == []
    assert walk(ROW, [True] * 70 + [False] * 20) == ["60+", "80-"]
    assert walk(ROW, [True] * 70 + [False] * 5 + [True] + [False] * 20) == ["60+", "86-"]


def test_a_row_that_bears_gaps_bears_short_ones_only() -> None:
    """Also where nobody looked while the gap grew too long: a tick of ten seconds, or a leap of an hour."""
    row = Fault("row", NoForecast(), 3, Act.BLIND, "says", gap_s=5)
    assert walk(row, [True, False] * 3) == ["4+"]
    assert walk(row, [True] + [False] * 5 + [True] * 3 + [False] * 9) == []
    assert walk(row, [True, False] * 9, 10.0) == []


def test_rise_and_fall_do_not_depend_on_the_tick() -> None:
    assert walk(ROW, [True] * 7 + [False] * 3, 10.0) == ["60+", "80-"]


def test_a_retry_fault_ends_by_itself_after_its_time() -> None:
    assert walk(AGAIN, [True] + [False] * 200) == ["0+", "100-"]


@given(st.lists(st.booleans(), max_size=200))
def test_a_fault_is_raised_and_cleared_in_turn_whatever_the_flicker(holds: list[bool]) -> None:
    log = walk(ROW, holds)
    assert all(("+" in a) != ("+" in b) for a, b in itertools.pairwise(log))


def test_nothing_is_tracked_while_nothing_holds() -> None:
    empty: dict[str, Track] = {}
    assert faults.advance((ROW,), empty, set(), 5, 5)[0] is empty


# ------------------------------------------------------------------------------------------ pico cycler


class Cycle:
    """The cycler with a relay that obeys, second by second."""

    def __init__(self, known: int = 5) -> None:
        self.known, self.cycler, self.relay, self.s = known, PicoCycler(), 0, 0
        self.power: list[tuple[int, int]] = []

    def run(self, seconds: int, *mute: str, free: bool = True, obeys: bool = True) -> PicoCycler:
        for _ in range(seconds):
            self.s += 1
            self.cycler = pico_cycler.step(
                self.cycler, self.s * 1000, frozenset(mute), self.known, self.relay, free
            )
            wanted = int(self.cycler.holds_power)
            if obeys and wanted != self.relay:
                self.relay = wanted
                self.power.append((self.s, wanted))
        return self.cycler


def test_a_silent_module_has_its_power_taken_for_five_seconds() -> None:
    cycle = Cycle()
    assert cycle.run(5).state == "PicosLive"
    assert cycle.run(1, "tank1").state == "RelayOpening"
    assert cycle.run(1, "tank1").state == "RelayOpen"
    assert cycle.run(6, "tank1").state == "PicosRebooting"
    assert [(b - a, off) for (a, _), (b, off) in pairwise(cycle.power)] == [(6, 0)]
    assert cycle.run(1).state == "PicosLive", "the module has spoken"


def test_the_bus_is_cycled_at_most_every_ten_minutes_and_six_times_a_day() -> None:
    cycle = Cycle()
    cycle.run(24 * 3600, "tank1")
    offs = [s for s, off in cycle.power if off]
    assert len(offs) == 6
    assert all(b - a >= 600 for a, b in pairwise(offs))


def test_a_module_that_three_cycles_did_not_wake_is_left_alone_for_ever_longer() -> None:
    cycle = Cycle()
    assert cycle.run(40 * 60, "tank1").state == "AllZombies"
    cycle.run(23 * 3600, "tank1")
    offs = [s for s, off in cycle.power if off]
    pauses = [b - a for a, b in pairwise(offs)]
    assert pauses[2:] == sorted(pauses[2:])
    assert pauses[2] >= 30 * 60
    assert pauses[3] >= 60 * 60


def test_one_word_clears_what_is_held_against_a_module() -> None:
    cycle = Cycle()
    cycle.run(40 * 60, "tank1")
    assert cycle.run(1).vain == {}
    assert cycle.cycler.state == "PicosLive"


def test_all_modules_silent_at_once_is_the_network_and_no_relay_mends_that() -> None:
    cycle = Cycle(known=2)
    cycle.run(3600, "tank1", "buffer")
    assert cycle.power == []
    cycle.run(60, "tank1")
    assert len(cycle.power) == 2


def test_a_person_or_a_fault_holds_the_relay() -> None:
    cycle = Cycle()
    cycle.run(3, "tank1")
    assert cycle.run(1, "tank1", free=False).state == "Dormant"
    assert not cycle.cycler.holds_power
    assert cycle.run(3600, "tank1", free=False).state == "Dormant"
    assert cycle.run(1, "tank1").state == "PicosLive"


def test_a_relay_that_does_not_move_is_given_up() -> None:
    cycle = Cycle()
    assert cycle.run(1, "tank1", obeys=False).state == "RelayOpening"
    assert cycle.run(12, "tank1", obeys=False).state == "PicosLive"


def test_silence_is_judged_by_the_stale_time_and_only_silence_counts() -> None:
    bench = Bench()
    bench.set(tank1_depth1_device=None, tank1_depth2_device=None)
    bench.leap(400)
    assert bench.state.pico.state == "PicosLive", "one depth still speaks"
    bench.set(tank1_depth3_device=None)
    bench.leap(2)
    assert bench.board["relay1"] == 1
    assert bench.decision is not None
    assert bench.decision.overview.claims["relay1"].rule == "PicoCycler"
    assert bench.decision.overview.tree["relay1"] == "auto.pico-cycler"
    bench.leap(10)
    assert bench.board["relay1"] == 0
