"""The meter's server, in another process, fails as networks do: what is read, said, counted and paid."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from hw.device import GRACE_MS
from hw.dial import Dialer
from hw.stream import TcpPort
from layouts.load import load_house
from states.image import FAILED, GOOD
from tests.hw.cost import TIMES_DEARER, control_ns, fault_ns
from tests.hw.modbus_server import modbus_server
from tests.hw.servers import children, free_port
from tests.hw.test_meter_servers import WATTS, Site, tcp_site

SILENT = "The meter has not answered within 3 s."
NOBODY = [None] * len(WATTS)


def qualities(site: Site) -> set[str | None]:
    return {reading.quality if (reading := site.latest.get(name)) else None for name in site.names}


def lost(site: Site) -> None:
    """Until no channel has a value any more; up to then each keeps its last one."""
    begin_ms = site.ms
    while site.watts == WATTS:
        assert qualities(site) == {GOOD}
        site.tick(1, 250)
        assert site.ms < begin_ms + 60_000
    assert site.ms - begin_ms >= GRACE_MS - 250
    assert (site.watts, qualities(site)) == (NOBODY, {FAILED})


def well_again(site: Site) -> None:
    site.ms += 300_000
    site.until(lambda: site.meter.device.ok)
    site.polled()
    assert (site.watts, qualities(site), site.words) == (WATTS, {GOOD}, "")


@pytest.mark.parametrize(
    ("how", "words", "strays"),
    [
        ("hung", SILENT, 0),
        ("half", SILENT, 0),
        ("unit 9", SILENT, 1),
        ("cut", "The meter closed the connection.", 0),
        ("drop", "The meter closed the connection.", 0),
        ("few", "The meter's answer is not the answer to what was asked.", 0),
        ("echo", "The meter's answer", 0),
        ("noise 300", "What the meter sends is not Modbus TCP.", 0),
        ("garbage", "What the meter sends is not Modbus TCP.", 0),
    ],
)
def test_what_is_no_answer_is_said_and_counted_once_and_its_channels_are_lost_after_the_grace(
    how: str, words: str, strays: int
) -> None:
    with tcp_site() as (site, be):
        site.polled()
        be(how)
        assert site.failed_again(20) == 2_000
        assert site.words.startswith(words)
        assert (site.meter.device.errors, site.dials, site.meter.modbus.strays) == (1, 1, strays)
        lost(site)
        be("good")
        well_again(site)
        assert site.meter.refused == 0


def test_an_answer_in_two_pieces_is_one_answer() -> None:
    with tcp_site() as (site, be):
        site.polled()
        be("pieces 60")
        site.polled()
        site.polled()
        assert (site.watts, site.meter.device.errors, site.dials) == (WATTS, 0, 1)


def test_a_server_that_was_killed_is_dialled_seldom_and_read_again_when_it_is_back() -> None:
    with tcp_site() as (site, _):
        site.polled()
        site.server.kill()
        site.until(lambda: not site.meter.device.ok)
        assert "closed the connection" in site.words or "reset" in site.words
        lost(site)
        site.until(lambda: "Connection refused" in site.words, 250)
        dials = site.dials
        site.tick(480, 250)
        assert site.dials - dials <= 6, "two minutes: 2, 4, 8, 16, 32, 64 s"
        assert (site.watts, qualities(site)) == (NOBODY, {FAILED})
        with modbus_server("tcp", site.port._dialer.port):  # type: ignore[attr-defined]
            well_again(site)


def test_a_process_that_stands_still_is_given_up_though_its_kernel_takes_every_byte() -> None:
    with tcp_site() as (site, _):
        site.polled()
        site.server.stop()
        assert site.failed_again() == 2_000
        assert site.failed_again() == 4_000
        assert site.words == SILENT
        assert (site.watts, qualities(site)) == (NOBODY, {FAILED}), "the grace is over"
        site.server.go_on()
        well_again(site)
        assert site.meter.modbus.strays == 0, "what it answered late went into closed connections"


# ------------------------------------------------------------------------------------------ its name


class Resolver:
    """A program that looks names up and may be told how."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "lookup"
        self.be("echo '127.0.0.1 STREAM meter'")

    def be(self, line: str) -> None:
        fresh = self.path.with_suffix(".new")
        fresh.write_text(f"#!/bin/sh\n{line}\n")
        fresh.chmod(0o755)
        fresh.replace(self.path)


HANGS = "exec sleep 60"


@contextlib.contextmanager
def named_site(folder: Path) -> Iterator[tuple[Site, Resolver]]:
    """The meter by its name, its server in another process."""
    port, resolver = free_port(), Resolver(folder)
    layout = msgspec.structs.replace(load_house("beech").meter, host="meter.example", port=port)
    with modbus_server("tcp", port) as server:
        dials = TcpPort(layout.host, port, dialer=lambda *a: Dialer(*a, lookup=(str(resolver.path),)))
        site = Site(layout, dials)
        site.server = server
        try:
            yield site, resolver
        finally:
            dials.close()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (HANGS, "meter.example: the resolver has not answered in 5 s."),
        ("exit 2", "meter.example: the resolver does not know this name."),
        ("exit 3", "meter.example: "),
        ("echo nonsense", "meter.example: "),
        ("yes nonsense | head -c 100000", "meter.example: "),
    ],
)
def test_a_name_that_is_not_found_is_said_and_looked_up_again_until_it_is(
    line: str, words: str, tmp_path: Path
) -> None:
    with named_site(tmp_path) as (site, resolver):
        resolver.be(line)
        site.until(lambda: site.meter.device.errors > 0 and site.words.startswith(words), 50)
        site.until(lambda: qualities(site) == {FAILED}, 50)
        resolver.be("echo '127.0.0.1 STREAM meter'")
        well_again(site)


def test_a_lookup_that_hangs_holds_no_tick_and_the_last_good_address_is_used(tmp_path: Path) -> None:
    with named_site(tmp_path) as (site, resolver):
        site.polled()
        resolver.be(HANGS)
        site.server.be("cut")
        site.until(lambda: not site.meter.device.ok)
        site.server.be("good")
        ticks = site.ticks
        site.until(lambda: site.meter.device.ok, 50)
        assert site.ticks - ticks >= 5_000 // 50, "every tick of the five seconds was run"
        site.polled()
        assert (site.watts, qualities(site)) == (WATTS, {GOOD})


def test_lookups_that_hang_leave_no_process_behind(tmp_path: Path) -> None:
    with named_site(tmp_path) as (site, resolver):
        resolver.be(HANGS)
        before = len(children())
        site.tick(1_000, 250)
        assert site.dials > 4
        assert len(children()) <= before + 1
        site.port._dialer.close()  # type: ignore[attr-defined]
        site.until(lambda: site.port._dialer._lookup.reap() or len(children()) == before)  # type: ignore[attr-defined]


# ------------------------------------------------------------------------------------------ its cost


def test_no_fault_makes_a_step_much_dearer_than_reading_a_healthy_meter() -> None:
    with tcp_site() as (site, be):
        site.polled()
        control = control_ns(lambda: site.step(100))
        for how in ("hung", "half", "few", "unit 9", "cut", "drop", "noise 1800", "garbage", "exception 4"):
            be(how)
            assert fault_ns(lambda: site.step(100)) < TIMES_DEARER * control, how
            be("good")
            site.ms += 300_000
        site.server.kill()
        assert fault_ns(lambda: site.step(100)) < TIMES_DEARER * control, "killed"


def test_a_lookup_that_hangs_or_fails_costs_a_step_what_one_costs_that_succeeds(tmp_path: Path) -> None:
    with named_site(tmp_path) as (site, resolver):
        site.server.be("cut")
        control = control_ns(lambda: site.step(100))
        for line in (HANGS, "exit 2"):
            resolver.be(line)
            site.ms += 300_000
            assert fault_ns(lambda: site.step(100)) < TIMES_DEARER * control, line
