"""A serial meter over a pty pair, its responder in another process: noise, halves, strangers, silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from states.image import FAILED, GOOD
from tests.hw.cost import TIMES_DEARER, control_ns, fault_ns
from tests.hw.modbus_server import modbus_server
from tests.hw.test_meter_faults import NOBODY, SILENT, lost, qualities, well_again
from tests.hw.test_meter_servers import WATTS, SerialSite, serial_site

QUESTION_BYTES = 8


def noise(site: SerialSite) -> int:
    return int(site.meter.modbus.noise)  # type: ignore[attr-defined]


@pytest.mark.parametrize("count", [1, 7, 200, 1000])
def test_noise_before_the_frame_is_passed_over_and_counted(count: int, tmp_path: Path) -> None:
    with serial_site(tmp_path) as (site, be):
        site.polled()
        be(f"noise {count}")
        polls = site.meter.polls
        site.until(lambda: site.meter.polls > polls + 4)
        assert (site.watts, site.meter.device.errors) == (WATTS, 0)
        assert noise(site) >= 3 * count
        assert len(site.meter.modbus._heard) <= count


def test_our_question_echoed_by_the_converter_is_passed_over(tmp_path: Path) -> None:
    with serial_site(tmp_path) as (site, be):
        site.polled()
        be("echo")
        polls = site.meter.polls
        site.until(lambda: site.meter.polls > polls + 4)
        be("good")
        site.polled()
        assert (site.watts, site.meter.device.errors) == (WATTS, 0)
        assert noise(site) >= 4 * QUESTION_BYTES
        assert noise(site) % QUESTION_BYTES == 0, "the echo and nothing else"


def test_a_frame_that_comes_in_two_halves_is_one_answer(tmp_path: Path) -> None:
    with serial_site(tmp_path) as (site, be):
        site.polled()
        be("pieces 60")
        site.polled()
        site.polled()
        assert (site.watts, site.meter.device.errors, noise(site)) == (WATTS, 0, 0)


@pytest.mark.parametrize("how", ["hung", "half", "few", "unit 2"])
def test_half_a_frame_a_short_one_or_a_strangers_is_no_answer(how: str, tmp_path: Path) -> None:
    with serial_site(tmp_path) as (site, be):
        site.polled()
        be(how)
        assert site.failed_again() == 2_000
        assert (site.words, site.meter.device.errors) == (SILENT, 1)
        lost(site)
        be("good")
        well_again(site)
        assert site.meter.refused == 0


def test_the_rest_of_a_frame_that_comes_too_late_is_not_taken_for_the_next_answer(tmp_path: Path) -> None:
    with serial_site(tmp_path) as (site, be):
        site.polled()
        be("half")
        site.failed_again()
        be("good")
        well_again(site)
        be("late")
        site.polled()
        site.polled()
        assert site.watts == WATTS
        assert site.meter.modbus.strays > 0


def test_a_responder_that_was_killed_is_read_again_when_it_is_back(tmp_path: Path) -> None:
    with serial_site(tmp_path) as (site, _):
        site.polled()
        site.server.kill()
        assert site.failed_again() == 2_000
        assert site.words == SILENT
        lost(site)
        with modbus_server("rtu", site.line.their_path):
            well_again(site)


def test_a_line_that_hangs_up_in_the_middle_of_a_frame_is_read_whole_when_it_is_back(tmp_path: Path) -> None:
    with serial_site(tmp_path) as (site, be):
        site.polled()
        be("half")
        site.until(lambda: len(site.meter.modbus._heard) > 0)
        site.line.unplug()
        site.until(lambda: not site.meter.device.ok)
        assert "unplugged" in site.words
        lost(site)
        assert (site.watts, qualities(site)) == (NOBODY, {FAILED})
        be("good")
        site.line.plug()
        back_ms = site.ms
        site.until(lambda: site.meter.device.ok)
        assert site.ms - back_ms <= 10_000
        site.polled()
        assert (site.watts, qualities(site)) == (WATTS, {GOOD})


def test_no_fault_of_the_line_makes_a_step_much_dearer_than_reading_a_healthy_meter(tmp_path: Path) -> None:
    with serial_site(tmp_path) as (site, be):
        site.polled()
        control = control_ns(lambda: site.step(100))
        for how in ("hung", "half", "few", "unit 2", "noise 1000", "echo", "garbage", "exception 4"):
            be(how)
            assert fault_ns(lambda: site.step(100)) < TIMES_DEARER * control, how
            be("good")
            site.ms += 300_000
        site.line.unplug()
        assert fault_ns(lambda: site.step(100)) < TIMES_DEARER * control, "unplugged"
