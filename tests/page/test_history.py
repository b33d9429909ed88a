"""The last day: a point a minute of house time, bounded whatever happens, gaps where nothing is known."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from layouts.load import load_house
from proto.page.history import KEPT, PIECE, History
from proto.page.says import SAYS
from states.image import Contract, ContractView, Now
from tests.page.bench import PageBench, lived, with_overview, with_raw, with_reading

MINUTE_MS = 60_000


def fill(history: History, minutes: int, step: int = 1) -> None:
    source = lived()
    now = source.image.now
    for i in range(0, minutes, step):
        later = Now(now.wall_ms + i * MINUTE_MS, now.mono_ms, 0)
        history.sample(later, source.image, source.decision)


def told(history: History) -> dict[str, list[float | None]]:
    found: dict[str, list[float | None]] = json.loads(b"".join(history.pieces()))["series"]
    return found


def test_a_point_is_taken_once_a_minute_of_house_time() -> None:
    history, source = History(lived().house), lived()
    now = source.image.now
    taken = [
        history.sample(Now(now.wall_ms + i * 1000, now.mono_ms, 0), source.image, source.decision)
        for i in range(180)
    ]
    assert sum(taken) in (3, 4)
    assert len(history) == sum(taken) == history.count


@pytest.mark.parametrize("house", ["orange", "beech"])
def test_a_week_needs_no_more_memory_than_a_day(house: str) -> None:
    history = History(load_house(house))
    fill(history, KEPT)
    day = history.nbytes
    fill_more = lived()
    now = fill_more.image.now
    for i in range(KEPT, 7 * KEPT):
        history.sample(Now(now.wall_ms + i * MINUTE_MS, now.mono_ms, 0), fill_more.image, fill_more.decision)
    assert len(history) == KEPT
    assert history.nbytes == day < 200_000
    assert history.count == 7 * KEPT


def test_the_columns_are_as_long_as_the_times_and_rise() -> None:
    history = History(lived().house)
    fill(history, 500)
    document = json.loads(b"".join(history.pieces()))
    times = document["time_s"]
    assert times == sorted(set(times))
    assert {len(times)} == {len(c) for c in [document["state"], *document["series"].values()]} == {500}
    assert document["paths"][document["state"][-1]] == lived().decision.overview.path
    assert document["paths"] == list(SAYS)


def test_what_is_unknown_is_a_gap() -> None:
    history, source = History(lived().house), with_raw(lived(), "hp-idu-pwr", None)
    history.sample(source.image.now, source.image, source.decision)
    assert told(history)["heat-pump"] == [None]
    assert history.last()["values"]["heat-pump"] is None


def test_values_are_in_the_units_the_page_says() -> None:
    source = with_reading(with_reading(lived(), "hp-odu-pwr", value=5_000), "hp-idu-pwr", value=2_500)
    now = source.image.now
    held = Contract("a.scada", now.wall_ms // 1000, 60, 6_000, False, "c")
    view = ContractView("Live", held, "Active", 0.0, 6000, now.mono_ms, "")
    source = with_overview(source, contract=view)
    history = History(source.house)
    history.price = 0.0731
    history.sample(now, source.image, source.decision)
    series = told(history)
    assert (series["heat-pump"], series["contract"], series["price"]) == ([7.5], [6.0], [0.073])
    assert series["buffer-top"][0] == pytest.approx(115, abs=40)


def test_a_clock_set_back_begins_anew_instead_of_running_backwards() -> None:
    history, source = History(lived().house), lived()
    fill(history, 100)
    back = replace(source.image.now, wall_ms=source.image.now.wall_ms - 3_600_000)
    assert history.sample(back, source.image, source.decision)
    assert len(history) == 1
    assert history.count == 101


def test_the_document_is_made_in_small_pieces() -> None:
    history = History(lived().house)
    fill(history, KEPT)
    pieces = list(history.pieces())
    assert max(len(piece) for piece in pieces) < PIECE * 14
    assert len(pieces) > KEPT // PIECE * len(history.series)


def test_a_reader_sees_one_moment_though_time_goes_on() -> None:
    history, source = History(lived().house), lived()
    fill(history, KEPT)
    reader = history.pieces()
    begun = next(reader)
    now = source.image.now
    for i in range(KEPT, KEPT + 50):
        history.sample(Now(now.wall_ms + i * MINUTE_MS, now.mono_ms, 0), source.image, source.decision)
    document = json.loads(begun + b"".join(reader))
    assert {len(c) for c in document["series"].values()} == {KEPT}


def test_the_page_serves_it() -> None:
    bench = PageBench()
    bench.sample(30)
    document = bench.ask("/api/history").json
    assert len(document["time_s"]) == 30
    names = [s["name"] for s in bench.ask("/api/house").json["series"]]
    assert list(document["series"]) == names
    bench.close()
