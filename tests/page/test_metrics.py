"""`/metrics`: the Prometheus text format to the letter, base units, and nothing where nothing is known."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from layouts.catalogue import PHYSICAL
from proto.page.metrics import BY_UNIT, render
from proto.status import Status
from states.image import FaultView
from states.tables import LEAVES
from tests.page.bench import PageBench, lived, with_overview, with_raw, with_reading
from tests.page.exposition import Family, read

UNITS = ("celsius", "watts", "joules", "seconds", "volts", "hertz", "liters_per_second")
UNITLESS = (
    "info", "state", "clock_set", "on_peak", "thermostat_state", "relay_energised", "channel_good",
    "computer_disk_used_ratio", "computer_under_voltage",
    "relay_commanded", "relay_readback", "contract_live", "faults_active", "fault", "link_state", "device_up",
)  # fmt: skip


def metrics(source: Any) -> dict[str, Family]:
    content = Status(source.house).tell(source)
    return read(render(content, source.counters, {"http_requests": 3}).decode())


def one(families: dict[str, Family], name: str, **labels: str) -> float | None:
    found = families.get(f"spaceheat_{name}")
    return None if found is None else found.samples.get(tuple(labels.items()))


@pytest.mark.parametrize("house", ["orange", "beech"])
def test_the_text_is_strictly_the_format(house: str) -> None:
    bench = PageBench(lived(house, 2, atn=False))
    answer = bench.ask("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert len(read(answer.text)) > 30
    bench.close()


def test_names_follow_the_convention() -> None:
    for family in metrics(lived()).values():
        assert family.name.startswith("spaceheat_")
        short = family.name.removeprefix("spaceheat_")
        assert (family.kind == "counter") == short.endswith("_total"), short
        if family.kind == "gauge":
            assert short.endswith(UNITS) or short in UNITLESS, short
        assert family.words.endswith(".")


def test_every_unit_of_the_catalogue_has_a_metric() -> None:
    assert {unit for unit, _ in PHYSICAL.values()} == set(BY_UNIT)


def test_values_are_in_base_units() -> None:
    source = with_reading(lived(), "hp-lwt", value=54_321)
    source = with_reading(source, "zone1-main-temp", value=68_000)
    source = with_reading(source, "primary-flow", value=600)
    found = metrics(source)
    assert one(found, "temperature_celsius", channel="hp-lwt") == 54.321
    assert one(found, "temperature_celsius", channel="zone1-main-temp") == pytest.approx(20.0)
    assert one(found, "flow_liters_per_second", channel="primary-flow") == pytest.approx(0.37854, abs=1e-4)
    assert one(found, "tick_period_seconds") == 1.0
    assert one(found, "ticks_total") == 1200


def test_what_is_unknown_has_no_sample_but_says_so() -> None:
    found = metrics(with_raw(lived(), "hp-lwt", None))
    assert one(found, "temperature_celsius", channel="hp-lwt") is None
    assert one(found, "channel_good", channel="hp-lwt") == 0
    assert one(found, "channel_good", channel="hp-ewt") == 1
    assert one(found, "channel_age_seconds", channel="hp-lwt") is None


def test_one_state_is_lit_and_all_are_listed() -> None:
    family = metrics(lived())["spaceheat_state"]
    assert {dict(labels)["state"] for labels in family.samples} == set(LEAVES)
    lit = [dict(labels)["state"] for labels, value in family.samples.items() if value == 1]
    assert lit == [lived().decision.overview.path]


def test_faults_and_links_are_samples_by_name() -> None:
    fault = FaultView("hp-lwt-hot", "x", "HEAT_OFF", 0, 0)
    found = metrics(with_overview(lived(), faults=(fault,)))
    assert one(found, "fault", fault="hp-lwt-hot", act="HEAT_OFF") == 1
    assert one(found, "faults_active") == 1
    assert one(found, "link_state", link="gridworks_mqtt", state="active") == 1


def test_labels_are_escaped() -> None:
    source = lived()
    house = replace(source.house, display='a"b\\c\nd')
    info = metrics(replace(source, house=house))["spaceheat_info"]
    assert dict(next(iter(info.samples)))["house"] == 'a"b\\c\nd'


def test_failed_tokens_are_counted_there() -> None:
    bench = PageBench()
    bench.page.guard.token_failures = 7
    assert one(read(bench.ask("/metrics").text), "page_token_failures_total") == 7
    bench.close()
