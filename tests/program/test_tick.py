"""The tick: its grid, its ledger, what it tells systemd, and what happens when a part of it breaks."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from freezegun import freeze_time
from msgspec.structs import replace

from hw.clock import RealClock, VirtualClock
from hw.notify import Notifier
from layouts.settings import Settings
from scada import Ledger, serve
from tests.program.house import program

MORNING = 1_769_514_900_000
"""2026-01-27 06:55 in Maine."""


class Watch:
    """A stopwatch in the test's hand."""

    def __init__(self) -> None:
        self.ns = 0

    def __call__(self) -> int:
        return self.ns


# --------------------------------------------------------------------------------------------- the ledger


def test_slots_lie_on_a_grid_whatever_a_tick_costs() -> None:
    watch = Watch()
    ledger = Ledger(100, watch)
    due = 5_000
    for work_ms in (3, 99, 1, 42):
        ledger.open(due)
        watch.ns += work_ms * 1_000_000
        assert ledger.close(due + work_ms) == due + 100
        due += 100
    assert (ledger.count, ledger.overruns, ledger.skipped) == (4, 0, 0)
    assert ledger.figures()["max_ms"] == 99


def test_a_late_tick_is_counted_and_its_slots_are_skipped_not_caught_up() -> None:
    watch = Watch()
    ledger = Ledger(100, watch)
    ledger.open(1_000)
    watch.ns += 350 * 1_000_000
    assert ledger.close(1_350) == 1_400
    assert (ledger.overruns, ledger.skipped) == (1, 3)


def test_a_slot_that_began_late_but_was_quick_is_no_overrun() -> None:
    watch = Watch()
    ledger = Ledger(100, watch)
    ledger.open(1_000)
    assert ledger.close(1_001) == 1_100
    ledger.open(1_170)
    watch.ns += 1_000_000
    assert ledger.close(1_171) == 1_200
    assert (ledger.overruns, ledger.skipped) == (0, 0)


def test_quantiles_are_right_to_a_sixteenth_of_an_octave() -> None:
    watch = Watch()
    ledger = Ledger(100, watch)
    for number in range(1, 1001):
        ledger.open(number * 100)
        watch.ns += number * 10_000
        ledger.close(number * 100)
    for share, true_ms in ((0.5, 5.0), (0.99, 9.9), (0.999, 9.99)):
        assert true_ms <= ledger.quantile_ms(share) <= true_ms * 17 / 16 + 0.01


def test_phases_are_measured_apart() -> None:
    watch = Watch()
    ledger = Ledger(100, watch)
    ledger.open(0)
    for ms, phase in enumerate(Ledger.PHASES, 1):
        watch.ns += ms * 1_000_000
        ledger.mark(phase)
    ledger.close(10)
    figures = ledger.figures()
    assert [figures[f"{phase}_max_ms"] for phase in Ledger.PHASES] == [1, 2, 3, 4]
    assert figures["max_ms"] == 10


# -------------------------------------------------------------------------------- ticks under freezegun


def test_frozen_ticks_stand_on_the_grid_of_real_time() -> None:
    """The production clock, with the operating system's clocks in freezegun's hand."""
    with freeze_time("2026-01-27 11:57:58") as frozen:
        scada = program(RealClock(), tick_ms=100)
        start = RealClock().now()
        due = scada.tick()
        assert due == start.net_ms + 100
        for number in range(2, 31):
            frozen.tick(0.1)
            assert scada.tick() == start.net_ms + 100 * number
        assert scada.ledger.figures()["count"] == 30
        assert scada.last is not None
        assert scada.last[0].now.wall_ms - start.wall_ms == 2_900


def test_the_peak_begins_by_the_wall_clock_two_minutes_early() -> None:
    with freeze_time("2026-01-27 11:50:00") as frozen:  # 06:50 in Maine
        scada = program(RealClock(), tick_ms=1000)
        periods = []
        for second in range(601):
            scada.tick()
            assert scada.last is not None
            on_peak = scada.parts.decider.calendar.at(scada.last[0].now.wall_ms // 1000).on_peak
            periods.append((second, on_peak))
            frozen.tick(1.0)
    begins = next(second for second, on_peak in periods if on_peak)
    assert begins == 8 * 60


@pytest.mark.parametrize("step_s", [3600, -3600, 10 * 365 * 86_400])
def test_a_step_of_the_wall_clock_moves_no_timer(step_s: int) -> None:
    clock = VirtualClock(MORNING - 3_600_000, 1_000_000)
    site = replace(Settings(), twin=replace(Settings().twin, tank_start_f=85.0))
    scada = program(clock, tick_ms=1000, settings=site)
    for _ in range(90):
        clock.advance(1000)
        scada.tick()
    waiting = scada.last[2].waiting if scada.last else ""
    clock.step_wall(step_s * 1000)
    clock.advance(1000)
    scada.tick()
    after = scada.last[2].waiting if scada.last else ""
    assert waiting.startswith("waiting ")
    assert int(waiting.split()[1]) - int(after.split()[1]) == 1


# ------------------------------------------------------------------------------------- what systemd hears


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[tuple[Notifier, socket.socket]]:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sock.bind(str(tmp_path / "notify"))
    sock.setblocking(False)
    notifier = Notifier(str(tmp_path / "notify"))
    yield notifier, sock
    notifier.close()
    sock.close()


def said(sock: socket.socket) -> list[str]:
    found = []
    while True:
        try:
            found.append(sock.recv(4096).decode())
        except BlockingIOError:
            return found


def test_systemd_hears_ready_a_pet_for_every_whole_tick_and_where_we_stand(
    manager: tuple[Notifier, socket.socket],
) -> None:
    notifier, sock = manager
    scada = program(VirtualClock(MORNING, 1_000_000), notifier=notifier)
    assert serve(scada, lambda: "enough" if scada.ledger.count == 3 else "") == 0
    heard = said(sock)
    assert heard.count("WATCHDOG=1") == 3
    assert heard.index("READY=1") > heard.index("WATCHDOG=1")
    assert any(line.startswith("STATUS=SIMULATED HomeAlone.Normal.Initializing: ") for line in heard)
    assert heard[-1] == "STOPPING=1"


def test_a_tick_that_broke_does_not_pet_the_watchdog(manager: tuple[Notifier, socket.socket]) -> None:
    notifier, sock = manager
    scada = program(VirtualClock(MORNING, 1_000_000), notifier=notifier, log_fd=null())
    scada.tick()
    said(sock)
    scada.parts.decider.decide = explode  # type: ignore[method-assign]
    scada.tick()
    assert said(sock) == []


# -------------------------------------------------------------------------------------- what may break


class Boom(Exception):
    """No kind of bug that anybody expects."""


def explode(*_: Any, **__: Any) -> Any:
    raise Boom("on purpose")


def null() -> int:
    return os.open(os.devnull, os.O_WRONLY)


def test_five_broken_ticks_in_a_minute_end_the_program_and_one_does_not() -> None:
    clock = VirtualClock(MORNING, 1_000_000)
    scada = program(clock, tick_ms=1000, log_fd=null())
    scada.tick()
    whole = scada.parts.decider.decide
    for _ in range(4):
        scada.parts.decider.decide = explode  # type: ignore[method-assign]
        clock.advance(1000)
        scada.tick()
        scada.parts.decider.decide = whole  # type: ignore[method-assign]
        clock.advance(20_000)
        scada.tick()
    assert scada.failures.broken == ""
    assert scada.failures.ticks == 4
    scada.parts.decider.decide = explode  # type: ignore[method-assign]
    for _ in range(5):
        clock.advance(1000)
        scada.tick()
    assert "5 broken ticks within a minute" in scada.failures.broken
    assert serve(scada, lambda: "") == 70


def test_a_broken_tick_leaves_the_relays_as_they_were() -> None:
    clock = VirtualClock(MORNING, 1_000_000)
    scada = program(clock, tick_ms=1000, log_fd=null())
    for _ in range(30):
        clock.advance(1000)
        scada.tick()
    coils = scada.parts.ports.world.relays.contacts
    scada.parts.decider.decide = explode  # type: ignore[method-assign]
    clock.advance(1000)
    scada.tick()
    assert scada.parts.ports.world.relays.contacts == coils


def test_a_bug_in_the_last_gate_ends_the_program_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    import states.governor

    clock = VirtualClock(MORNING, 1_000_000)
    scada = program(clock, log_fd=null())
    scada.tick()
    monkeypatch.setattr(states.governor, "observe", explode)
    scada.tick()
    assert scada.failures.broken.startswith("the last gate itself broke")


@pytest.mark.parametrize("part", ["conversation", "links", "store"])
def test_what_cannot_be_told_never_stops_the_heating(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = VirtualClock(MORNING, 1_000_000)
    scada = program(clock, tick_ms=1000, log_fd=null())
    broken = {"conversation": "report", "links": "flush", "store": "put_memory"}[part]
    monkeypatch.setattr(getattr(scada.parts, part), broken, explode)
    for _ in range(200):
        clock.advance(1000)
        scada.tick()
    assert scada.failures.reports > 0
    assert scada.failures.broken == ""
    assert scada.state.path != "HomeAlone.Normal.Initializing"
    assert scada.ledger.count == 200


def test_stopping_hands_the_house_back() -> None:
    clock = VirtualClock(MORNING, 1_000_000)
    scada = program(clock, tick_ms=1000)
    for _ in range(1500):
        clock.advance(1000)
        scada.tick()
    world = scada.parts.ports.world
    assert world.relays.contacts, "something is energised in a controlled house"
    scada.stop("a test")
    assert world.relays.contacts == frozenset()
