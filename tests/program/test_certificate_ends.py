"""F305: our own certificate is near its end. The running house says so every day, and keeps on heating."""

from __future__ import annotations

import select
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme
from msgspec.structs import replace

import scada
from hw.clock import VirtualClock
from hw.renewal import Renewals
from layouts.settings import Peer, Settings
from states.image import Event, LinkStatus, Now
from tests.program.house import program
from tests.states.bench import Bench

START = datetime(2026, 1, 27, 5, tzinfo=UTC)
FAULT = "certificate-ends"
House = tuple[scada.Scada, VirtualClock, list[Event]]


@pytest.fixture
def house(tmp_path: Path) -> Callable[[timedelta], House]:
    """A program whose certificate for the ATN's broker ends so much after the start."""

    def made(left: timedelta) -> House:
        leaf = trustme.CA().issue_cert("x", not_before=START - timedelta(days=99), not_after=START + left)
        leaf.cert_chain_pems[0].write_to_path(tmp_path / "c.crt")
        base = Settings()
        peer = Peer(cert_file=str(tmp_path / "c.crt"), key_file=str(tmp_path / "c.pem"))
        clock = VirtualClock(int(START.timestamp() * 1000), 1_000_000)
        found = program(clock, settings=replace(base, upstream=peer), tick_ms=1000)
        events: list[Event] = []
        found.listeners.append(events.append)
        return found, clock, events

    return made


def live(house: House, seconds: int) -> None:
    found, clock, _ = house
    for _ in range(seconds):
        clock.advance(1000)
        found.tick()


def faults(house: House) -> list[str]:
    assert house[0].last is not None
    return [fault.name for fault in house[0].last[1].overview.faults]


def standing(house: House) -> LinkStatus:
    return house[0].parts.links.status()["certificates"]


def test_f305_a_certificate_that_ends_soon_is_a_fault_on_the_page(
    house: Callable[[timedelta], House],
) -> None:
    made = house(timedelta(days=30, seconds=30))
    live(made, 10)
    assert (standing(made).state, standing(made).words, faults(made)) == ("ready", "", [])
    live(made, 40)
    assert FAULT not in faults(made), "it must hold for a minute"
    live(made, 60)
    assert FAULT in faults(made)
    assert standing(made).state == "ending"
    assert standing(made).words == "our certificate for gridworks_mqtt ends on 2026-02-26, in 29 days"
    assert [event.name for event in made[2] if event.kind == "fault"].count(FAULT) == 1


def test_f305_one_that_has_ended_is_told_as_such(house: Callable[[timedelta], House]) -> None:
    made = house(timedelta(seconds=-5))
    live(made, 70)
    assert standing(made).words == "our certificate for gridworks_mqtt has ended on 2026-01-27"
    assert FAULT in faults(made)


def test_an_unset_clock_judges_no_certificate(house: Callable[[timedelta], House]) -> None:
    links = house(timedelta(days=3))[0].parts.links
    links._standing.note(Now(0, 0, 0, synced=False))
    assert links.status()["certificates"].state == "ready"


def test_a_house_without_certificates_has_no_line_for_them() -> None:
    clock: Any = VirtualClock(int(START.timestamp() * 1000), 1_000_000)
    assert "certificates" not in program(clock).parts.links.status()


def test_f304_a_broker_that_refuses_is_one_fault_over_all_tries() -> None:
    bench = Bench()
    bench.leap(120)
    path = bench.path
    for _ in range(10):
        bench.links = {"gridworks_mqtt": LinkStatus("gridworks_mqtt", "connecting", 0, "expired", act=True)}
        bench.leap(290)
        bench.links = {"gridworks_mqtt": LinkStatus("gridworks_mqtt", "connecting", 0, "")}
        bench.leap(10)
    assert bench.log.count("fault grid-broker-refuses") == 1
    assert bench.log.count("clear grid-broker-refuses") == 0
    bench.leap(610)
    assert bench.log.count("clear grid-broker-refuses") == 1
    assert bench.path.split(".")[0] == path.split(".")[0]


def test_f305_it_is_told_again_every_day_and_never_touches_the_heat() -> None:
    bench = Bench()
    bench.leap(120)
    path = bench.path
    bench.links = {"certificates": LinkStatus("certificates", "ending", 0, "words")}
    bench.leap(3 * 86_400, step_s=300)
    assert bench.log.count(f"fault {FAULT}") == 3
    assert bench.path.split(".")[0] == path.split(".")[0]
    bench.links = {}
    bench.leap(86_400, step_s=300)
    assert bench.log.count(f"fault {FAULT}") == 3


def test_one_that_nears_its_end_is_told_and_one_renewed_in_place_clears_it_at_the_next_connect(
    house: Callable[[timedelta], House], tmp_path: Path
) -> None:
    found, clock, events = made = house(timedelta(days=30, seconds=30))
    authority = trustme.CA()

    def issue(left: timedelta) -> None:
        leaf = authority.issue_cert("x", not_before=START - timedelta(days=99), not_after=START + left)
        leaf.cert_chain_pems[0].write_to_path(tmp_path / "c.crt")
        leaf.private_key_pem.write_to_path(tmp_path / "c.pem")

    authority.cert_pem.write_to_path(tmp_path / "ca.crt")
    issue(timedelta(days=30, seconds=30))
    names = [str(tmp_path / name) for name in ("ca.crt", "c.crt", "c.pem")]
    watch = Renewals(found.settings)
    found.parts.links.watch(watch)
    dialer = watch.dialer("127.0.0.1", 1, watch.tls(*names))
    live(made, 100)
    assert standing(made).state == "ending"
    assert FAULT in faults(made)
    issue(timedelta(days=800))
    live(made, 10)
    assert standing(made).state == "ending", "nobody has dialled, and it is the same day"
    dialer.start(clock.now().net_ms)
    for _ in range(2000):
        if dialer.failed:
            break
        dialer.step(clock.now().net_ms)
        select.select([], [], [], 0.005)
    live(made, 1)
    assert (standing(made).state, standing(made).words) == ("ready", "")
    assert [event.name for event in events if event.kind == "fault"].count(FAULT) == 1
