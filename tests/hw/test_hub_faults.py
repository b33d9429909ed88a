"""A hub in another process that is slow, hangs, errs, babbles, knows another token: what is read and paid."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest

from hw.hub_poll import DEADLINE_MS
from states.image import GOOD
from tests.hw.cost import TIMES_DEARER, control_ns, fault_ns
from tests.hw.servers import free_port
from tests.hw.test_hub_poll import API, TOKEN, Site, device
from tests.hw.web_server import Process, web_server

WARM = {
    "zone1-down-temp": 66_500, "zone1-down-set": 68_000, "zone1-down-state": 0,
    "zone2-up-temp": 70_000, "zone2-up-set": 68_000, "zone2-up-state": 0,
}  # fmt: skip
COLDER = WARM | {"zone1-down-temp": 65_000, "zone2-up-temp": 64_000}


def answers(
    how: str = "good", temps: tuple[str, str] = ("66.5", "70.0"), token: str = TOKEN
) -> dict[str, Any]:
    """A hub that knows one token; any other is refused, as the Maker API does."""
    known = {
        f"{API}/{number}/refresh?access_token={token}": [how, 200, device(number, temp)]
        for number, temp in zip((3, 4), temps, strict=True)
    }
    return {**known, API: ["good", 401, '{"error":"invalid_token"}']}


@contextlib.contextmanager
def hub(how: str = "good") -> Iterator[tuple[Site, Process]]:
    """Both thermostats have been read once from a hub that behaves as `how`."""
    with web_server(port=free_port()) as server:
        server.be(answers(how))
        site = Site(server.port)
        try:
            site.until(lambda: site.values == WARM)
            yield site, server
        finally:
            site.port.close()


def stamps(site: Site) -> set[int]:
    return {reading.mono_ms for reading in site.latest.readings().values()}


def fails(site: Site, words: str) -> None:
    """The hub is asked again, fails, and both thermostats keep their readings, which age."""
    before, errors = stamps(site), site.poll.device.errors
    site.ms += 400_000
    site.until(lambda: site.poll.device.errors > errors, 100)
    assert words in site.words
    assert TOKEN not in site.words
    assert not site.poll.device.ok
    assert (site.values, stamps(site)) == (WARM, before)
    assert {reading.quality for reading in site.latest.readings().values()} == {GOOD}


def well_again(site: Site) -> None:
    site.ms += 400_000
    site.until(lambda: site.values == COLDER, 20)
    assert site.poll.device.ok
    assert site.words == ""


@pytest.mark.parametrize("how", ["slow 120", "pieces 120"])
def test_a_slow_hub_is_waited_for_and_every_tick_is_run(how: str) -> None:
    with hub(how) as (site, server):
        server.be(answers(how, ("65.0", "64.0")))
        site.ms += 400_000
        begin_ms = site.ms
        site.until(lambda: site.values == COLDER)
        assert (site.ms - begin_ms) // 10 > 30, "ticks of 10 ms went on while four answers were awaited"
        assert site.poll.device.errors == 0


@pytest.mark.parametrize(
    ("spoilt", "words"),
    [
        ({API: ["hung", 200, ""]}, f"no whole answer within {DEADLINE_MS // 1000} s."),
        ({API: ["pieces 60000", 200, device(3, "65.0")]}, f"no whole answer within {DEADLINE_MS // 1000} s."),
        ({API: ["good", 500, "<html>Internal error</html>"]}, "answers 500: that is no answer to a refresh."),
        ({API: ["good", 503, ""]}, "answers 503: that is no answer to a refresh."),
        ({API: ["garbage", 200, ""]}, "what it answers is not HTTP"),
        ({API: ["truncated", 200, device(3, "65.0")]}, "what it answers is not HTTP"),
        ({API: ["good", 200, "<html>Log in</html>"]}, "cannot be read"),
        ({API: ["good", 200, "[" * 5000]}, "cannot be read"),
        ({API: ["good", 200, "x" * 70_000]}, "answers with too much."),
        (answers(token="another"), "answers 401: the access token is not accepted."),
    ],
    ids=[
        "hung", "half an answer", "500", "503", "garbage", "truncated", "a page", "deep", "too much", "token",
    ],
)  # fmt: skip
def test_a_hub_that_fails_is_said_its_readings_age_and_it_is_read_again(
    spoilt: dict[str, Any], words: str
) -> None:
    with hub() as (site, server):
        server.be(spoilt)
        fails(site, words)
        server.be(answers(temps=("65.0", "64.0")))
        well_again(site)


def test_a_hub_that_refuses_the_token_is_asked_seldom() -> None:
    with hub() as (site, server):
        server.be(answers(token="another"))
        fails(site, "401")
        server.asked()
        begin_ms = site.ms
        site.until(lambda: site.ms > begin_ms + 3_600_000, 2_000)
        assert 10 <= len(server.asked()) <= 20, "an hour: growing waits up to 300 s"
        assert site.values == WARM


def test_a_hub_that_was_killed_is_read_again_when_it_is_back() -> None:
    with hub() as (site, server):
        server.kill()
        fails(site, "Connection refused")
        with web_server(port=server.port) as again:
            again.be(answers(temps=("65.0", "64.0")))
            well_again(site)


def test_what_is_pushed_is_taken_while_the_hub_hangs_on_what_is_asked() -> None:
    with hub() as (site, server):
        server.be({API: ["hung", 200, ""]})
        site.ms += 400_000
        polls = site.poll.polls
        site.until(lambda: site.poll.polls > polls)
        site.push(3, "temperature", "65.0")
        for _ in range(20):
            site.step()
        assert site.poll.device.errors == 0
        heard_ms = site.hub.heard_ms["zone1-down-temp"]
        assert site.ms - 400 <= heard_ms <= site.ms


def test_no_fault_of_the_hub_makes_a_step_much_dearer_than_asking_a_healthy_one() -> None:
    with hub() as (site, server):

        def step() -> None:
            site.step(5_000)

        server.be(answers("close"))
        control = control_ns(step)
        for spoilt in (
            {API: ["hung", 200, ""]},
            {API: ["good", 500, "oops"]},
            {API: ["garbage", 200, ""]},
            {API: ["good", 200, "[" * 30_000]},
            answers(token="another"),
        ):
            server.be(spoilt)
            assert fault_ns(step) < TIMES_DEARER * control, spoilt
        server.kill()
        assert fault_ns(step) < TIMES_DEARER * control, "killed"
