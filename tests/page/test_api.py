"""`/api/status`: physical values under the names of the house, null where a value must not be believed."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType
from typing import Any

import pytest
from msgspec.structs import replace

from layouts.load import load_house
from layouts.settings import Settings
from proto.page import open_page
from proto.page.says import SAYS, who
from proto.status import Status
from states.image import FLAT, GOOD, Contract, ContractView, FaultView, Readback, Reading, Veto, Why
from states.tables import LEAVES
from tests.page.bench import PageBench, lived, with_overview, with_raw, with_reading


def told(source: Any) -> dict[str, Any]:
    return Status(source.house).tell(source)


@pytest.fixture
def bench() -> Iterator[PageBench]:
    b = PageBench()
    yield b
    b.close()


def test_the_status_has_every_part_that_was_promised(bench: PageBench) -> None:
    answer = bench.ask("/api/status")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    status = answer.json
    assert status["state"] in LEAVES
    assert status["since"].startswith("2026-01-27T03:")
    assert status["since"].endswith("-05:00")
    assert isinstance(status["why"], str)
    assert status["why"]
    assert {"count", "period_ms", "overruns", "skipped", "p50_ms", "p99_ms", "max_ms"} <= set(status["tick"])
    assert status["tick"]["count"] == 1200
    for channel in status["channels"].values():
        assert set(channel) == {"value", "unit", "age_s", "quality"}
    for actuator in status["actuators"].values():
        assert {"commanded", "readback", "state", "boss"} <= set(actuator)
    assert set(status["links"]) == {"gridworks_mqtt", "store"}
    assert status["faults"] == []
    assert status["contract"]["phase"] in ("Idle", "Offered", "Live", "Grace", "Done")


@pytest.mark.parametrize("name", ["orange", "beech"])
def test_every_channel_and_actuator_of_the_house_is_there_under_its_own_name(name: str) -> None:
    house = load_house(name)
    status = told(lived(name, 2, atn=False))
    assert set(status["channels"]) == {c.name for c in house.channels} | {d.name for d in house.derived}
    assert set(status["actuators"]) == set(house.actuators)
    assert set(status["tanks"]) == {tank.name for tank in house.tanks}
    assert set(status["zones"]) == {zone.name for zone in house.zones}


def test_a_simulated_house_says_so(bench: PageBench) -> None:
    assert "SIMULATED" in bench.ask("/api/status").json["simulated"]
    assert "SIMULATED" in bench.ask("/api/house").json["simulated"]
    assert told(replace(lived(), simulated=""))["simulated"] == ""


@pytest.mark.parametrize(
    ("channel", "raw", "value", "unit"),
    [
        ("hp-lwt", 54_321, 54.321, "°C"),
        ("hp-odu-pwr", 5_812, 5812, "W"),
        ("primary-flow", 612, 6.12, "gpm"),
        ("zone1-main-temp", 68_250, 68.25, "°F"),
        ("buffer-depth1-micro-v", 1_234_567, 1.234567, "V"),
        ("primary-flow-hz", 81_000, 0.081, "Hz"),
        ("dist-010v", 25, 2.5, "V"),
        ("hp-failsafe-relay5", 1, 1, "energised"),
    ],
)
def test_values_are_physical(channel: str, raw: int, value: float, unit: str) -> None:
    shown = told(with_reading(lived(), channel, value=raw, quality=GOOD))["channels"][channel]
    assert (shown["value"], shown["unit"], shown["quality"]) == (value, unit, "good")


def test_a_derived_temperature_is_told_in_its_unit() -> None:
    source = lived()
    reading = Reading(11_834, source.image.now.mono_ms - 4_000, source.image.now.wall_ms)
    shown = told(with_overview(source, derived={"buffer-depth1": reading}))
    assert shown["channels"]["buffer-depth1"] == {
        "value": 118.34,
        "unit": "°F",
        "age_s": 4.0,
        "quality": "good",
    }
    assert shown["tanks"]["buffer"] == {"top_f": 118.3, "middle_f": None, "bottom_f": None}


def test_a_value_is_null_one_millisecond_after_it_went_stale_and_says_how_old_it_is() -> None:
    source = lived()
    limit = source.house.channel_by_name["hp-lwt"].stale_ms
    now = source.image.now.mono_ms
    at_limit = told(with_reading(source, "hp-lwt", value=50_000, mono_ms=now - limit))
    beyond = told(with_reading(source, "hp-lwt", value=50_000, mono_ms=now - limit - 1))
    assert at_limit["channels"]["hp-lwt"]["value"] == 50.0
    assert beyond["channels"]["hp-lwt"] == {
        "value": None,
        "unit": "°C",
        "age_s": 30.0,
        "quality": "stale",
    }


@pytest.mark.parametrize("quality", [FLAT, "open", "short", "out-of-range", "failed"])
def test_a_bad_value_is_null_under_its_own_reason(quality: str) -> None:
    shown = told(with_reading(lived(), "hp-lwt", value=None, quality=quality))["channels"]["hp-lwt"]
    assert (shown["value"], shown["quality"]) == (None, quality)


def test_even_a_number_is_not_told_while_its_quality_is_bad() -> None:
    shown = told(with_reading(lived(), "hp-lwt", value=50_000, quality=FLAT))["channels"]["hp-lwt"]
    assert shown["value"] is None


def test_a_channel_never_heard_of_is_absent_and_has_no_age() -> None:
    shown = told(with_raw(lived(), "hp-lwt", None))["channels"]["hp-lwt"]
    assert shown == {"value": None, "unit": "°C", "age_s": None, "quality": "absent"}


def test_half_a_sum_is_not_told_as_the_power_of_the_heat_pump() -> None:
    source = with_reading(lived(), "hp-odu-pwr", value=4_000)
    assert told(with_reading(source, "hp-idu-pwr", value=3_000))["power"]["heat_pump_w"] == 7_000
    assert told(with_raw(source, "hp-idu-pwr", None))["power"]["heat_pump_w"] is None


def test_relays_are_told_as_coils_with_the_words_of_their_position() -> None:
    source = lived()
    back = MappingProxyType(
        dict(source.readbacks) | {"relay5": Readback(1, 1, 0), "relay6": Readback(1, 0, 0)}
    )
    relays = told(replace(source, readbacks=back))["actuators"]
    assert (relays["relay5"]["commanded"], relays["relay5"]["readback"]) == (1, 1)
    assert relays["relay5"]["state"] == "Scada"
    assert (relays["relay6"]["commanded"], relays["relay6"]["readback"]) == (1, 0)
    assert relays["relay6"]["state"] == "RelayClosed"
    assert relays["relay5"]["boss"] == source.decision.overview.tree["relay5"]


def test_outputs_are_told_in_volts() -> None:
    back = dict(lived().readbacks) | {"dist-010v": Readback(25, 24, 0)}
    output = told(replace(lived(), readbacks=back))["actuators"]["dist-010v"]
    assert (output["commanded"], output["readback"], output["state"]) == (2.5, 2.4, "2.4 V")


def test_a_silent_board_leaves_no_position_behind() -> None:
    back = dict(lived().readbacks) | {"relay5": Readback(1, None, 0), "dist-010v": Readback(25, None, 0)}
    actuators = told(replace(lived(), readbacks=back))["actuators"]
    for node in ("relay5", "dist-010v"):
        assert (actuators[node]["readback"], actuators[node]["state"]) == (None, None)
    back.pop("relay5")
    assert told(replace(lived(), readbacks=back))["actuators"]["relay5"]["commanded"] is None


def test_who_holds_an_actuator_and_who_refused_it_is_told() -> None:
    source = with_overview(lived(), claims={"relay5": Why("FreezeGuard", "water near freezing")})
    vetoes = [Veto("relay6", 0, 1, "I3", "waiting 214 s before the first start")]
    actuators = told(replace(source, vetoes=vetoes))["actuators"]
    assert actuators["relay5"]["claim"] == "water near freezing"
    assert actuators["relay6"]["refused"] == "waiting 214 s before the first start"


def test_a_contract_is_told_with_its_progress() -> None:
    now = lived().image.now
    start_s = now.wall_ms // 1000 - 600
    held = Contract("a.scada", start_s, 60, 6000, False, "c-1")
    view = ContractView("Live", held, "Active", 812.4, 5187, now.mono_ms - 42_000, "812 of 6000 Wh used")
    contract = told(with_overview(lived(), contract=view))["contract"]
    assert (contract["used_wh"], contract["remaining_wh"], contract["energy_wh"]) == (812, 5187, 6000)
    assert (contract["average_w"], contract["ends_in_s"], contract["heard_s"]) == (6000, 3000, 42)
    assert contract["id"] == "c-1"


def test_a_fault_is_told_with_its_age() -> None:
    now = lived().image.now
    fault = FaultView("hp-lwt-hot", "Water is hot", "HEAT_OFF", now.mono_ms - 90_000, now.wall_ms - 90_000)
    (shown,) = told(with_overview(lived(), faults=(fault,)))["faults"]
    assert (shown["name"], shown["act"], shown["since_s"]) == ("hp-lwt-hot", "HEAT_OFF", 90)


def test_every_state_of_the_machine_has_plain_words() -> None:
    assert set(SAYS) == set(LEAVES)
    for path, (title, sentence) in SAYS.items():
        assert title, path
        assert sentence.endswith("."), path
        assert who(path), path


def test_before_the_first_tick_the_page_says_so_with_503(bench: PageBench) -> None:
    bench.snapshot = lambda: None  # type: ignore[method-assign]
    for path in ("/api/status", "/metrics", "/healthz"):
        answer = bench.ask(path)
        assert answer.status == 503
        assert "not completed a tick" in answer.text
    assert bench.ask("/ping").text == "pong"


def test_health_is_ok_once_ticks_run(bench: PageBench) -> None:
    bench.sample()
    assert (bench.ask("/healthz").status, bench.ask("/healthz").text) == (200, "ok\n")


def test_a_page_switched_off_opens_nothing() -> None:
    base = Settings()
    off = replace(base, page=replace(base.page, enabled=False))
    assert open_page(off, load_house("orange"), "") is None


def test_the_price_is_told_only_by_somebody_who_knows_it(bench: PageBench) -> None:
    assert bench.ask("/api/status").json["price_usd_kwh"] is None
    bench.page.price(0.073)
    bench.page.summary({"cost_usd": 1.5, "thermostat_usd": 2.0, "heat_kwh": 20.0, "hours": 3.0})
    bench.turn(ms=2_000)
    status = bench.ask("/api/status").json
    assert (status["price_usd_kwh"], status["bill"]["cost_usd"]) == (0.073, 1.5)
