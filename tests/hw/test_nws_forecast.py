"""The weather service: what is filled in, what survives, and an HTTPS server that misbehaves."""

from __future__ import annotations

import contextlib
import itertools
import json
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trustme

from hw.bus import StreamPort
from hw.clock import VirtualClock
from hw.http_client import HttpReply
from hw.nws import HOST
from hw.nws_forecast import DEADLINE_MS, MAX_AGE_MS, RETRY_MS, ROOM_MS, SOURCE, NwsForecast
from hw.ports import weather_port
from hw.stream import TcpPort
from hw.tls import tls_context
from hw.twin.ports import twin_ports
from hw.weather import COLDEST_F, HORIZON_H, Forecast
from layouts.load import load_house
from layouts.settings import Settings, WeatherSource
from proto.store import Loaded
from proto.store.memory import MemoryStore
from states.image import Now, Weather
from tests.hw.fakes import WALL_MS
from tests.hw.nws_answers import HOURLY, POINTS, hourly, period, points, week
from tests.hw.web_server import Process, web_server
from tests.program.house import program

HOUR_MS = 3_600_000
TOP_MS = WALL_MS // HOUR_MS * HOUR_MS
NOVEMBER_F = COLDEST_F[10]
WHO = "someone@house.example"


class Nowhere:
    """A port that leads nowhere; answers are put in by hand."""

    words = "the network is down"

    def __init__(self) -> None:
        self.released = self.dropped = 0

    def stream(self, net_ms: int) -> None:
        return None

    def drop(self, net_ms: int, why: str) -> None:
        self.dropped += 1

    def release(self, net_ms: int) -> None:
        self.released += 1

    def renewed(self) -> bool:
        return False


class Site:
    """A forecast port; time is made up, and net time is house time."""

    def __init__(self, port: StreamPort | None = None, start_ms: int = TOP_MS) -> None:
        self.port = port or Nowhere()
        self.ms, self.start_ms = 0, start_ms
        self.nws = NwsForecast(self.port, 45.6573, -68.7098, WHO)

    @property
    def now(self) -> Now:
        return Now(self.start_ms + self.ms, self.ms, self.ms)

    def look(self, ms: int = 10) -> Weather:
        self.ms += ms
        weather = self.nws.forecast(self.now)
        assert weather is not None
        assert len(weather.oat_f) == len(weather.wind_mph) == HORIZON_H
        assert weather.start_s == (self.start_ms + self.ms) // HOUR_MS * 3600 + 3600
        return weather

    def until(self, done: Callable[[], bool], ms: int = 10, busy_ms: int = 10) -> None:
        """Look until it is so; while nothing is asked, time passes by `ms`."""
        give_up = time.monotonic() + 20
        while not done():
            assert time.monotonic() < give_up, self.words
            self.look(busy_ms if self.nws._client.busy else ms)
            if self.nws._client.busy:
                time.sleep(0.001)

    def answer(self, body: str, status: int = 200, location: str = "") -> Weather:
        """As if it had come from the network, to whatever was asked."""
        self.nws._take(HttpReply(status, body.encode(), location), self.now)
        return self.look()

    def told(self, periods: list[dict[str, Any]], made_ms: int | None = None) -> Weather:
        self.nws._keep(hourly(periods, made_ms).encode(), self.now)
        return self.look()

    @property
    def words(self) -> str:
        return self.nws.device.status.words


# -------------------------------------------------------------------------------------- what is filled in


def test_before_the_first_answer_the_coldest_of_the_month_counts() -> None:
    weather = Site().look()
    assert (weather.source, set(weather.oat_f), set(weather.wind_mph)) == (
        "coldest-of-month", {NOVEMBER_F}, {0.0},
    )  # fmt: skip


def test_the_next_48_whole_hours_are_taken_from_the_answer() -> None:
    site = Site(start_ms=TOP_MS + 1_234_567)
    before = site.look()
    weather = site.told(week(TOP_MS, wind="5 to 10 mph"), TOP_MS)
    assert (weather.source, weather.created_wall_ms) == (SOURCE, TOP_MS)
    assert weather.oat_f[:12] == (21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 30, 30)
    assert set(weather.wind_mph) == {7.5}
    assert weather.uid != before.uid
    assert site.look() is weather, "the same until something is new"
    later = site.look(HOUR_MS)
    assert later.oat_f[:3] == (22, 23, 24)
    assert later.uid != weather.uid
    assert later.created_wall_ms == weather.created_wall_ms


def test_a_field_that_is_missing_is_taken_from_the_answer_before() -> None:
    site = Site()
    site.told(week(TOP_MS, 0, wind="20 mph"))
    newer = week(TOP_MS, 40)
    newer[2]["temperature"] = None
    newer[3]["windSpeed"] = "breezy"
    del newer[4]
    weather = site.told(newer)
    assert weather.oat_f[:5] == (41, 2, 43, 4, 45)
    assert weather.wind_mph[:5] == (5, 5, 20, 20, 5)


def test_a_field_nobody_knows_is_the_day_befores_or_its_neighbours() -> None:
    site = Site()
    periods = week(TOP_MS, 20)
    for i in (1, 2, 6, 33):
        periods[i]["temperature"] = None
    for each in periods:
        each["windSpeed"] = None
    periods[40]["windSpeed"] = "8 mph"
    weather = site.told(periods)
    assert weather.oat_f[:4] == (23, 23, 23, 24), "at the beginning, the next that is known"
    assert weather.oat_f[3:7] == (24, 25, 25, 27), "the hour before"
    assert weather.oat_f[31:34] == (30, 29, 30), "the day before"
    assert set(weather.wind_mph) == {8.0}
    for each in periods:
        each["windSpeed"] = None
    site = Site()
    assert set(site.told(periods).wind_mph) == {0.0}


def test_the_day_before_is_remembered_for_a_day_that_lacks_an_hour() -> None:
    site = Site()
    site.told(week(TOP_MS, 20, count=30))
    site.look(24 * HOUR_MS)
    later = week(TOP_MS + 24 * HOUR_MS, 60)
    later[8]["temperature"] = None
    assert site.told(later).oat_f[6:9] == (67, 28, 69)


def test_an_answer_that_is_shorter_than_two_days_repeats_its_first() -> None:
    site = Site()
    weather = site.told(week(TOP_MS, 20, count=30))
    assert weather.oat_f[29:48] == (*weather.oat_f[5:24],)[:19]


@pytest.mark.parametrize("age_h", [1, 7, 47])
def test_an_old_answer_goes_on_counting_and_shows_its_age(age_h: int) -> None:
    site = Site()
    site.told(week(TOP_MS), TOP_MS)
    weather = site.look(age_h * HOUR_MS)
    assert weather.source == SOURCE
    assert site.now.wall_ms - weather.created_wall_ms == pytest.approx(age_h * HOUR_MS, abs=1000)


def test_after_two_days_it_counts_for_nothing() -> None:
    site = Site()
    site.told(week(TOP_MS), TOP_MS)
    assert site.look(MAX_AGE_MS - 1000).source == SOURCE
    weather = site.look(HOUR_MS)
    assert (weather.source, set(weather.oat_f)) == ("coldest-of-month", {NOVEMBER_F})


def test_what_the_service_calls_new_is_not_younger_than_it_says() -> None:
    site = Site()
    assert site.told(week(TOP_MS), TOP_MS - 30 * HOUR_MS).created_wall_ms == TOP_MS - 30 * HOUR_MS
    weather = site.told(week(TOP_MS), TOP_MS + 30 * HOUR_MS)
    assert weather.source == SOURCE
    assert weather.created_wall_ms <= site.now.wall_ms


def test_hours_far_away_are_not_kept_for_ever() -> None:
    site = Site()
    for day in range(20):
        far = [period((TOP_MS + 400 * 24 * HOUR_MS) // 1000 + 3600 * i, 3) for i in range(30)]
        site.told(week(TOP_MS + day * 24 * HOUR_MS) + far)
        site.look(24 * HOUR_MS)
    assert site.nws._kept is not None
    assert len(site.nws._kept.hours) <= 24 + 156 + 1


def test_a_clock_that_has_not_been_set_brings_no_old_weather() -> None:
    site = Site()
    site.told(week(TOP_MS), TOP_MS)
    kept = site.nws.record()
    young = Site(start_ms=1_000_000)
    assert young.nws.recall(kept) == ""
    assert young.look().source == "coldest-of-month"


def test_it_survives_a_restart_and_is_written_once_for_each_answer() -> None:
    site = Site()
    assert site.nws.record() is None
    weather = site.told(week(TOP_MS), TOP_MS)
    kept = site.nws.record()
    assert kept is not None
    assert len(kept) < 10_000
    assert site.nws.record() is None
    after = Site(start_ms=TOP_MS + 2 * HOUR_MS)
    after.look()
    assert after.nws.recall(kept) == ""
    assert after.look().oat_f[:40] == weather.oat_f[2:42]
    assert Site().nws.recall(b"nonsense").startswith("The stored weather forecast cannot be read")
    assert Site().nws.recall(None) == ""


# ------------------------------------------------------------------------------------------- asking


def test_a_dead_network_is_asked_more_and_more_seldom_and_the_house_has_weather_all_the_time() -> None:
    site = Site()
    asked: list[int] = []
    polls = 0
    for _ in range(20_000):
        site.look(500)
        if site.nws.polls > polls:
            polls = site.nws.polls
            asked.append(site.ms)
    gaps = [b - a - DEADLINE_MS for a, b in itertools.pairwise(asked)]
    assert all(gap >= RETRY_MS for gap in gaps)
    assert gaps == sorted(gaps)
    assert 300_000 <= gaps[-1] <= 302_000
    assert site.words == "the network is down"
    assert site.nws.counters["weather_polls"] == polls


def test_once_an_hour_is_enough_and_the_place_is_asked_for_once_a_day() -> None:
    site = Site()
    paths: list[str] = []
    site.nws._client.ask = lambda path, net_ms: paths.append(path)  # type: ignore[method-assign]
    answered = 0
    for _ in range(2 * 24 * 60):
        site.look(60_000)
        while answered < len(paths):
            answered += 1
            body = points() if paths[-1] == POINTS else hourly(week(site.now.wall_ms), site.now.wall_ms)
            site.nws._take(HttpReply(200, body.encode()), site.now)
    assert site.nws.answers == 48
    assert (paths.count(POINTS), paths.count(HOURLY)) == (2, 48)
    assert site.port.released == 48  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("status", "words", "wait_ms"),
    [
        (404, "it knows no such place; see [site] latitude and longitude", RETRY_MS),
        (403, "it does not want us; see [weather] contact", ROOM_MS),
        (429, "it is asked too often", ROOM_MS),
        (503, "that is no forecast", ROOM_MS),
        (500, "that is no forecast", RETRY_MS),
        (204, "that is no forecast", RETRY_MS),
    ],
)
def test_an_answer_that_is_none_is_a_sentence_and_a_pause(status: int, words: str, wait_ms: int) -> None:
    site = Site()
    site.look()
    site.answer("{}", status)
    assert site.words == f"{HOST} answers {status}: {words}."
    assert site.nws._due_ms - site.ms == pytest.approx(wait_ms, abs=50)


def feed(site: Site, body: str, status: int = 200, location: str = "") -> None:
    """An answer by way of the client, so that what it raises is met where the tick meets it."""
    site.nws._client.ask("/x", site.ms)
    site.nws._client.step = lambda net_ms: HttpReply(status, body.encode(), location)  # type: ignore[method-assign]
    site.look()


def test_a_forecast_that_has_moved_is_looked_for_by_its_place() -> None:
    site = Site()
    paths: list[str] = []
    site.nws._client.ask = lambda path, net_ms: paths.append(path)  # type: ignore[method-assign]
    site.look()
    site.answer(points())
    site.answer("{}", 404)
    site.look(RETRY_MS)
    assert paths == [POINTS, HOURLY, POINTS]


def test_a_redirect_to_a_stranger_is_not_followed() -> None:
    site = Site()
    feed(site, "", 301, "https://evil.example/points")
    assert "points to another place ('https://evil.example/points'), which is not followed" in site.words
    assert site.nws.redirects == 0
    site = Site()
    site.nws._asked_points = True
    feed(site, points("https://evil.example/gridpoints"))
    assert "points to another place" in site.words
    assert site.nws._hourly == ""


def test_redirects_do_not_go_on_for_ever() -> None:
    site = Site()
    for _ in range(4):
        feed(site, "", 302, f"https://{HOST}/round")
    assert site.words == f"{HOST}: it redirects in a circle."


def test_garbage_is_a_sentence() -> None:
    site = Site()
    site.nws._asked_points = False
    feed(site, "<html>sorry</html>")
    assert site.words.startswith(f"{HOST}: what it answers cannot be read")
    assert not site.nws.device.ok


# ------------------------------------------------------------------------------- a server of its own


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@contextlib.contextmanager
def service(authority: trustme.CA, folder: Path, name: str = HOST) -> Iterator[tuple[Site, Process]]:
    """The service at home, in a process of its own, with a certificate for `name`."""
    cert, key, ca = folder / "cert.pem", folder / "key.pem", folder / "ca.pem"
    issued = authority.issue_cert(name)
    issued.private_key_pem.write_to_path(str(key))
    issued.cert_chain_pems[0].write_to_path(str(cert))
    authority.cert_pem.write_to_path(str(ca))
    with web_server(str(cert), str(key)) as server:
        port = TcpPort("127.0.0.1", server.port, tls_context(str(ca)), HOST)
        server.be({POINTS: ["good", 200, points()], HOURLY: ["good", 200, hourly(week(TOP_MS), TOP_MS)]})
        yield Site(port), server
        port.close()


def test_over_https_points_then_the_hourly_forecast(authority: trustme.CA, tmp_path: Path) -> None:
    with service(authority, tmp_path) as (site, server):
        site.until(lambda: site.nws.answers == 1)
        assert server.asked() == [POINTS, HOURLY]
        assert set(server.agents()) == {f"spaceheat-scada ({WHO})"}
        assert site.look().source == SOURCE
        assert site.nws.device.ok
        assert site.nws.devices()["weather service"].ok
        site.until(lambda: site.nws.answers == 2, ms=60_000)
        assert server.asked() == [HOURLY], "the place is known"


def test_a_redirect_of_its_own_is_followed(authority: trustme.CA, tmp_path: Path) -> None:
    with service(authority, tmp_path) as (site, server):
        answers = {POINTS: ["good", 301, "/moved"], "/moved": ["good", 200, points(f"https://{HOST}/there")]}
        server.be(answers | {"/there": ["good", 200, hourly(week(TOP_MS))]})
        site.until(lambda: site.nws.answers == 1)
        assert server.asked() == [POINTS, "/moved", "/there"]
        assert site.nws.redirects == 1


@pytest.mark.parametrize(
    ("how", "words"),
    [
        (["good", 500, "{}"], "answers 500"),
        (["good", 200, "{}"], "cannot be read"),
        (["garbage", 200, ""], "is not HTTP"),
        (["truncated", 200, "x" * 4000], ""),
        (["close", 200, ""], "cannot be read"),
        (["good", 200, "x" * 600_000], "answers with too much"),
        (["good", 301, "https://evil.example/"], "points to another place"),
    ],
)
def test_a_server_that_misbehaves_costs_nothing_but_a_sentence(
    authority: trustme.CA, tmp_path: Path, how: list[Any], words: str
) -> None:
    with service(authority, tmp_path) as (site, server):
        server.be({POINTS: ["good", 200, points()], HOURLY: how})
        site.until(lambda: site.nws.device.errors == 1)
        assert words in site.words
        assert site.look().source == "coldest-of-month"
        server.be({POINTS: ["good", 200, points()], HOURLY: ["good", 200, hourly(week(TOP_MS))]})
        site.until(lambda: site.nws.answers == 1, ms=2000)
        assert site.nws.device.ok


def test_a_server_that_hangs_is_given_up_and_no_look_waits(authority: trustme.CA, tmp_path: Path) -> None:
    with service(authority, tmp_path) as (site, server):
        server.be({POINTS: ["hung", 200, ""]})
        asked: list[str] = []
        while not asked:
            site.look()
            asked = server.asked()
        began = time.monotonic()
        site.look(DEADLINE_MS + 1000)
        site.look()
        assert time.monotonic() - began < 5
        assert site.words == f"{HOST}: no whole answer within 60 s."


def test_a_slow_server_is_waited_for(authority: trustme.CA, tmp_path: Path) -> None:
    with service(authority, tmp_path) as (site, server):
        answer = hourly(week(TOP_MS))
        server.be({POINTS: ["slow 200", 200, points()], HOURLY: ["slow 200", 200, answer]})
        site.until(lambda: site.nws.answers == 1)


def test_a_certificate_for_another_name_or_of_another_authority_is_refused(
    authority: trustme.CA, tmp_path: Path
) -> None:
    with service(authority, tmp_path, "other.example") as (site, server):
        site.until(lambda: site.nws.device.errors == 1, busy_ms=100)
        assert "certificate for another name" in site.words
        assert server.asked() == []
    with service(trustme.CA(), tmp_path) as (site, server):
        (tmp_path / "mine.pem").write_bytes(authority.cert_pem.bytes())
        port = TcpPort("127.0.0.1", server.port, tls_context(str(tmp_path / "mine.pem")), HOST)
        site = Site(port)
        site.until(lambda: site.nws.device.errors == 1, busy_ms=100)
        assert "certificate of an unknown authority" in site.words
        assert server.asked() == []
        port.close()


def test_a_server_that_never_shakes_hands_is_given_up(tmp_path: Path) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(4)
        port = TcpPort("127.0.0.1", deaf.getsockname()[1], tls_context(), HOST)
        site = Site(port)
        site.until(lambda: site.nws.device.errors == 1, busy_ms=100)
        assert "TLS handshake has stalled for 10 s" in site.words
        port.close()


# --------------------------------------------------------------------------------------- in the program


def nws_settings() -> Settings:
    return msgspec.structs.replace(Settings(), weather=WeatherSource(source="nws", contact=WHO))


def test_the_settings_choose_the_service() -> None:
    assert isinstance(weather_port(nws_settings()), NwsForecast)
    plain = msgspec.structs.replace(Settings(), weather=WeatherSource("coldest-of-month"))
    assert isinstance(weather_port(plain), Forecast)


def test_the_program_heats_by_it_keeps_it_and_takes_it_up_again() -> None:
    clock, store = VirtualClock(TOP_MS, 1_000_000), MemoryStore()
    settings = nws_settings()
    first = program(clock, settings=settings, store=store)
    site = Site()
    first.parts.ports.weather = site.nws
    for _ in range(5):
        clock.advance(100)
        first.tick()
    site.nws._keep(hourly(week(TOP_MS, -10), TOP_MS).encode(), clock.now())
    clock.advance(100)
    first.tick()
    assert first.last is not None
    image = first.last[0]
    assert image.weather is not None
    assert (image.weather.source, image.weather.oat_f[0]) == (SOURCE, -9.0)
    assert first.state.figures.forecast is not None
    cold_kw = first.state.figures.forecast.load_kw[0]
    assert cold_kw > 5
    status = first.snapshot()
    assert status is not None
    assert "weather service" in status.devices
    assert status.counters["weather_answers"] == 1
    assert "weather" in store.memory
    second = program(clock, settings=settings, store=store)
    other = Site()
    second.parts.ports.weather = other.nws
    second.start(Loaded(dict(store.memory), (), 0, ()))
    clock.advance(100)
    second.tick()
    assert second.last is not None
    assert second.last[0].weather is not None
    assert second.last[0].weather.oat_f == image.weather.oat_f
    assert json.loads(store.memory["weather"])["made_ms"] == TOP_MS


def test_the_twin_can_have_real_weather() -> None:
    clock = VirtualClock(TOP_MS)
    ports = twin_ports(load_house("orange"), nws_settings(), clock)
    assert isinstance(ports.weather, NwsForecast)
