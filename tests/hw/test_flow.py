"""Flow meters: tick lists to gallons per minute, through filter, silence and clocks of every kind."""

from __future__ import annotations

import itertools
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hw.pico.flow import WRAP_US, FlowModule
from hw.pico.module import Refused, Sample
from hw.pico.ticks import MAX_HZ, Flow, Rate
from layouts.load import load_house
from states.image import Now
from tests.hw.fakes import WALL_MS, at

PICO_NS = 1_609_459_200_000_000_000
"""The module's clock starts in 2021 and is never set."""


class Hall:
    """The hall meter of beech's primary loop: 0.0009 gallons to the tick."""

    kind, node, uid, per_ms = "hall", "primary-flow", "pico_bee010", 1000
    key = "RelativeMicrosecondList"

    def __init__(self, **changes: Any) -> None:
        house = load_house("beech")
        layout = next(flow for flow in house.flows if flow.node == self.node)
        self.module = FlowModule(msgspec.structs.replace(layout, **changes), house)
        self.ms = 1_000_000

    def post(self, ticks: list[int], quiet_ms: float = 0, now: Now | None = None) -> list[Sample]:
        """A list posted `quiet_ms` after its last tick."""
        first: int | None = PICO_NS + self.ms * 1_000_000 if ticks else None
        span_ms = (max(ticks) if ticks else 0) / self.per_ms
        before = PICO_NS + int((self.ms + span_ms + quiet_ms) * 1_000_000)
        self.ms += round(span_ms + quiet_ms)
        body = {
            "HwUid": self.uid, "FirstTickTimestampNanoSecond": first, self.key: ticks,
            "PicoBeforePostTimestampNanoSecond": before, "TypeName": f"ticklist.{self.kind}",
        }  # fmt: skip
        handler = self.module.routes[f"/{self.node}/ticklist-{self.kind}"]
        _, samples = handler(json.dumps(body).encode(), now or at(self.ms))
        return list(samples)

    def gpm(self, ticks: list[int], quiet_ms: float = 0) -> list[tuple[int, int | None]]:
        """(ms before the post, gpm x 100) of what one list brought."""
        found = self.post(ticks, quiet_ms)
        return [(self.ms - r.mono_ms, r.value) for name, r in found if name == self.node]


class Reed(Hall):
    """The reed meter of beech's store loop: 0.0748 gallons to the tick."""

    kind, node, uid, per_ms = "reed", "store-flow", "pico_bee012", 1
    key = "RelativeMillisecondList"


def even(count: int, gap: int, start: int = 0) -> list[int]:
    return [start + i * gap for i in range(count)]


def test_a_hundred_ticks_at_ten_ms_are_540() -> None:
    hall = Hall()
    found = hall.post(even(100, 10_000))
    assert {(name, reading.value) for name, reading in found} == {
        ("primary-flow", 540), ("primary-flow-hz", 100_000_000),
    }  # fmt: skip


def test_reed_ticks_4488_ms_apart_are_one_gallon_a_minute() -> None:
    reed = Reed()
    assert {value for _, value in reed.gpm(even(3, 4488))} <= {99, 100}


def test_a_rate_is_stamped_at_the_earlier_of_its_two_ticks() -> None:
    hall = Hall()
    assert hall.gpm([0, 100_000]) == [(100, 54)]


def test_the_newest_rate_is_always_published_so_that_a_steady_flow_stays_young() -> None:
    hall = Hall()
    hall.gpm(even(1000, 10_000))
    (old_ms, value) = hall.gpm(even(1000, 10_000))[-1]
    assert (old_ms, value) == (10, 540)


def test_a_steady_flow_is_thinned_to_its_newest_rate() -> None:
    hall = Hall()
    hall.gpm(even(1000, 10_000))
    assert len(hall.gpm(even(1000, 10_000))) == 1


def test_a_change_is_kept_sample_by_sample_as_far_as_the_threshold_says() -> None:
    hall = Hall()
    hall.gpm(even(100, 10_000))
    found = [value or 0 for _, value in hall.gpm(even(100, 5_000))]
    assert found[0] > 540
    assert found == sorted(found)
    assert all(b - a > 20 for a, b in itertools.pairwise(found[:-1]))
    assert found[-1] == 1080


def test_the_filter_starts_from_the_last_rate_and_takes_the_first_sample_of_a_list() -> None:
    flow = Flow(no_flow_ms=250, alpha=0.2, threshold_hz=0.0, slow=False)
    assert flow.take([0, 10], 1, 0.0, 10.0) == [(0.0, 100.0)]
    found = flow.take([0, 5, 10], 1, 20.0, 30.0)
    assert [hz for _, hz in found] == [pytest.approx(120.0), pytest.approx(136.0)]


def test_the_reed_filter_weighs_half() -> None:
    reed = Reed()
    reed.post(even(3, 4000))
    hz = [r.value for name, r in reed.post(even(2, 2000)) if name == "store-flow-hz"]
    assert hz == [375_000]


def test_an_empty_list_means_no_flow_now() -> None:
    hall = Hall()
    hall.post(even(100, 10_000))
    assert hall.gpm([], 7000) == [(6900, 0), (0, 0)]
    assert hall.gpm([], 7000) == [(0, 0)]


def test_the_first_empty_list_is_a_zero() -> None:
    assert Hall().gpm([]) == [(0, 0)]


def test_silence_at_the_end_of_a_list_is_a_stop_there() -> None:
    hall = Hall()
    assert hall.gpm(even(100, 10_000), quiet_ms=5000)[-1] == (4900, 0)


def test_silence_between_two_lists_is_a_stop_too() -> None:
    hall = Hall()
    hall.post(even(100, 10_000))
    hall.ms += 8000
    found = hall.gpm(even(50, 10_000))
    assert found[0] == (490 + 8000 - 100, 0)
    assert found[-1][1] == 540


def test_silence_inside_a_list_is_a_stop_and_a_start() -> None:
    hall = Hall()
    values = [value for _, value in hall.gpm([*even(100, 10_000), *even(100, 10_000, start=3_000_000)])]
    assert values[0] == 540
    assert 0 in values
    assert values[-1] == 540


def test_short_gaps_between_lists_do_not_count() -> None:
    """A module does not count while it posts; that gap is not a slow tick."""
    hall = Hall()
    hall.post(even(100, 10_000))
    hall.ms += 200
    assert hall.gpm(even(100, 10_000)) == [(10, 540)]


def test_a_single_tick_is_rated_by_the_gap_to_the_tick_before() -> None:
    reed = Reed()
    reed.post(even(3, 4488))
    reed.ms += 4488
    ((age_ms, value),) = reed.gpm([0])
    assert age_ms == 0
    assert value in (99, 100)


def test_a_single_first_tick_tells_nothing_but_that_there_is_no_rate_yet() -> None:
    assert Hall().gpm([0]) == [(0, 0)]


def test_rates_over_500_hz_are_not_water() -> None:
    hall = Hall()
    found = hall.gpm([0, 10_000, 11_000, 21_000])
    assert found == [(21, 540), (10, 540)]


def test_ticks_that_come_twice_or_out_of_order_count_once_and_in_order() -> None:
    hall = Hall()
    ticks = even(100, 10_000)
    assert hall.gpm([*reversed(ticks), *ticks])[-1][1] == 540
    assert hall.module.dropped_ticks == 100


def test_a_tick_counter_that_wraps_is_unwrapped() -> None:
    hall = Hall()
    ticks = even(100, 10_000)
    wrapped = [tick if tick < 500_000 else tick - WRAP_US for tick in ticks]
    first, before = PICO_NS, PICO_NS + 990_000_000
    body = {
        "HwUid": hall.uid, "FirstTickTimestampNanoSecond": first, hall.key: wrapped,
        "PicoBeforePostTimestampNanoSecond": before, "TypeName": "ticklist.hall",
    }  # fmt: skip
    _, samples = hall.module.routes["/primary-flow/ticklist-hall"](json.dumps(body).encode(), at(hall.ms))
    assert {r.value for name, r in samples if name == "primary-flow"} == {540}
    assert hall.module.dropped_ticks == 0


def test_ticks_after_the_post_are_dropped() -> None:
    hall = Hall()
    body = {
        "HwUid": hall.uid, "FirstTickTimestampNanoSecond": PICO_NS, hall.key: [0, 10_000, 20_000, 9_000_000],
        "PicoBeforePostTimestampNanoSecond": PICO_NS + 20_000_000, "TypeName": "ticklist.hall",
    }  # fmt: skip
    _, samples = hall.module.routes["/primary-flow/ticklist-hall"](json.dumps(body).encode(), at(hall.ms))
    assert {r.value for name, r in samples if name == "primary-flow"} == {540}
    assert hall.module.dropped_ticks == 1


def test_a_tick_counter_slightly_ahead_of_the_modules_clock_makes_no_reading_of_the_future() -> None:
    hall = Hall()
    body = {
        "HwUid": hall.uid, "FirstTickTimestampNanoSecond": PICO_NS, hall.key: even(60, 10_000),
        "PicoBeforePostTimestampNanoSecond": PICO_NS, "TypeName": "ticklist.hall",
    }  # fmt: skip
    _, samples = hall.module.routes["/primary-flow/ticklist-hall"](json.dumps(body).encode(), at(hall.ms))
    assert {reading.value for name, reading in samples if name == "primary-flow"} == {540}
    assert max(reading.mono_ms for _, reading in samples) <= hall.ms


@pytest.mark.parametrize("kind", ["ticklist-hall", "flow-hall-params"])
def test_a_module_that_is_not_ours_is_refused(kind: str) -> None:
    hall = Hall()
    body: dict[str, object] = {
        "HwUid": "pico_ffffff", "FirstTickTimestampNanoSecond": None, hall.key: [],
        "PicoBeforePostTimestampNanoSecond": PICO_NS, "TypeName": kind.replace("-", "."),
        "ActorNodeName": hall.node, "FlowNodeName": hall.node,
    }  # fmt: skip
    with pytest.raises(Refused, match="not 'pico_ffffff'") as caught:
        hall.module.routes[f"/primary-flow/{kind}"](json.dumps(body).encode(), at(0))
    assert caught.value.status == 403


@pytest.mark.parametrize(
    ("first", "ticks", "before"),
    [
        (None, [0, 10], PICO_NS),
        (PICO_NS, [], PICO_NS),
        (PICO_NS, [0, 10], PICO_NS - 2_000_000_000),
        (PICO_NS, [0, 10], PICO_NS + 3_600_000_000_000),
        (-1, [0], PICO_NS),
        (PICO_NS, [0.5], PICO_NS),
        (PICO_NS, [0] * 12_001, PICO_NS),
    ],
)
def test_a_list_that_cannot_be_is_refused(first: int | None, ticks: list[float], before: int) -> None:
    hall = Hall()
    body = {
        "HwUid": hall.uid, "FirstTickTimestampNanoSecond": first, hall.key: ticks,
        "PicoBeforePostTimestampNanoSecond": before, "TypeName": "ticklist.hall",
    }  # fmt: skip
    with pytest.raises(Refused) as caught:
        hall.module.routes["/primary-flow/ticklist-hall"](json.dumps(body).encode(), at(0))
    assert caught.value.status == 400


def test_readings_are_never_in_the_future_and_wall_and_house_time_agree() -> None:
    hall = Hall()
    for name, reading in hall.post(even(500, 7_000), quiet_ms=300):
        assert name.startswith("primary-flow")
        assert reading.mono_ms <= hall.ms
        assert reading.wall_ms - reading.mono_ms == WALL_MS


def test_our_wall_clock_may_step_between_lists() -> None:
    hall = Hall()
    hall.post(even(100, 10_000))
    hall.ms += 100
    found = hall.post(even(100, 10_000), now=Now(5_000_000_000_000, hall.ms + 990, 0))
    assert {r.value for name, r in found if name == "primary-flow"} == {540}


# ---------------------------------------------------------------------------------------- slow meters


def slow() -> Reed:
    """A meter with one gallon to the tick."""
    return Reed(gallons_per_tick=1.0, no_flow_ms=30_000)


def test_a_slow_meter_is_not_filtered_and_every_rate_is_kept() -> None:
    meter = slow()
    assert [value for _, value in meter.gpm([0, 10_000, 16_000])] == [600, 1000]


def test_a_slow_meter_stands_still_only_after_its_own_time() -> None:
    meter = slow()
    meter.post([0, 10_000, 16_000])
    assert meter.gpm([], 10_000) == []
    assert meter.gpm([], 10_000) == []
    assert meter.gpm([], 10_001) == [(0, 0)]


def test_a_slow_meter_that_never_ticked_is_at_zero() -> None:
    assert slow().gpm([]) == [(0, 0)]


# ----------------------------------------------------------------------------------------- handshake


@pytest.mark.parametrize(
    ("meter", "told"),
    [
        (Hall(), {"PublishTicklistPeriodS": 10, "PublishEmptyTicklistAfterS": 7}),
        (
            Reed(),
            {"PublishTicklistLength": 10, "PublishAnyTicklistAfterS": 10, "DeadbandMilliseconds": 15},
        ),
    ],
)
def test_a_flow_module_is_told_the_layouts_parameters(meter: Hall, told: dict[str, int]) -> None:
    who = {"HwUid": meter.uid, "ActorNodeName": meter.node, "FlowNodeName": meter.node}
    what = {"TypeName": f"flow.{meter.kind}.params", "Version": "101"}
    body = who | what | {"DeadbandMilliseconds": 15, "PublishTicklistPeriodS": 99}
    handler = meter.module.routes[f"/{meter.node}/flow-{meter.kind}-params"]
    answer, samples = handler(json.dumps(body).encode(), at(0))
    assert json.loads(answer) == who | what | told
    assert samples == ()


# ---------------------------------------------------------------------------------------- properties


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(st.lists(st.integers(0, 60_000), max_size=40), st.integers(0, 20_000)),
        min_size=1,
        max_size=8,
    ),
    st.booleans(),
)
def test_whatever_ticks_come_rates_are_finite_in_order_and_never_negative(
    lists: list[tuple[list[int], int]], is_slow: bool
) -> None:
    flow = Flow(no_flow_ms=250, alpha=0.2, threshold_hz=3.7, slow=is_slow)
    now_ms, last_ms = 0.0, -1.0
    for ticks, quiet_ms in lists:
        ticks = sorted(set(ticks))
        first_ms = now_ms + 1.0
        now_ms = first_ms + (ticks[-1] if ticks else 0) + quiet_ms
        found: list[Rate] = flow.take(ticks, 1, first_ms, now_ms)
        for at_ms, hz in found:
            assert 0.0 <= hz <= MAX_HZ
            assert at_ms <= now_ms
            assert at_ms >= last_ms
            last_ms = at_ms


@pytest.mark.parametrize("kind", [Hall, Reed])
def test_a_tick_list_is_kept_as_it_was_posted_only_where_the_layout_wants_it(kind: type[Hall]) -> None:
    meter = kind(send_tick_lists=True)
    meter.post([0, -5, 30_000, 10_000])
    (kept,) = meter.module.lists
    assert (kept.channel, kept.wall_ms) == (meter.node, at(meter.ms).wall_ms)
    posted = json.loads(kept.body)
    assert (posted["HwUid"], posted[meter.key]) == (meter.uid, [0, -5, 30_000, 10_000]), "not mended"
    meter.post([])
    assert json.loads(meter.module.lists[1].body)["FirstTickTimestampNanoSecond"] is None
    with pytest.raises(Refused):
        meter.module.routes[f"/{meter.node}/ticklist-{meter.kind}"](b"{}", at(meter.ms))
    assert len(meter.module.lists) == 2
    silent = kind()
    silent.post([0, 10_000])
    assert silent.module.lists == []
