"""`layout import` of a real file with something absurd in it: sentences about that file, no traceback."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from layouts.export_json import export_json, same
from layouts.import_json import house_from
from layouts.load import FOLDER, load_house
from layouts.marks import marked_places
from layouts.mistakes import LayoutMistakes
from tests.commissioning.test_layout_tools import REFERENCE, reference, run

Json = dict[str, Any]


def component(document: Json, kind: str) -> Json:
    return next(c for c in document["OtherComponents"] if kind in c["TypeName"])


def relays(document: Json) -> Json:
    return component(document, "relay")


def again(rows: list[Json]) -> None:
    rows.append(copy.deepcopy(rows[3]))


@pytest.mark.parametrize(
    ("bend", "sentence"),
    [
        (lambda d: d.update(TotalStoreTanks=-3), "[TotalStoreTanks]: must be a whole number from 1 to 6, no"),
        (lambda d: d.update(TotalStoreTanks=0), "[TotalStoreTanks]: must be a whole number from 1 to 6, not"),
        (lambda d: d.update(TotalStoreTanks="x"), "[TotalStoreTanks]: must be a whole number from 1 to 6, n"),
        (lambda d: d.update(TotalStoreTanks=True), "[TotalStoreTanks]: must be a whole number"),
        (lambda d: d.update(ZoneList=[f"z{n}" for n in range(50)]), "[ZoneList]: must name 1 to 6 heated zo"),
        (lambda d: d.update(ZoneList=[]), "[ZoneList]: must name 1 to 6 heated zones, not []."),
        (lambda d: d.update(ZoneList=["main", "main"]), "[ZoneList]: 'main' stands there twice."),
        (lambda d: d.update(ZoneList=[3]), "[ZoneList]: 3 cannot be the name of a zone"),
        (lambda d: d.update(CriticalZoneList=["mian"]), "[CriticalZoneList]: 'mian' is no zone of ZoneList."),
        (lambda d: d.update(CriticalZoneList=[]), "[CriticalZoneList]: must name at least one zone"),
        (lambda d: d.update(ZoneKwhPerDegFList=[1e9]), "[ZoneKwhPerDegFList]: must hold numbers from 0.01 t"),
        (lambda d: d.update(ZoneKwhPerDegFList=[]), "must hold a number for each of the 1 zones, not []."),
        (lambda d: d.update(ShNodes={"a": 1}), "[ShNodes]: must be a list of objects, not a table."),
        (lambda d: d.update(OtherComponents="x"), "[OtherComponents]: must be a list of objects, not 'x'."),
        (lambda d: d["DataChannels"].append(7), "[DataChannels]: entry 29 must be an object, not 7."),
        (lambda d: again(d["ShNodes"]), "[ShNodes]: Name 'auto' stands there twice."),
        (lambda d: again(d["DataChannels"]), "[DataChannels]: Name"),
        (lambda d: again(d["OtherComponents"]), "[OtherComponents]: ComponentId"),
        (lambda d: relays(d).update(I2cAddressList=[0x99, 0x21]), "relay boards]: I2cAddressList must hold"),
        (lambda d: relays(d).update(I2cAddressList=[32, 32]), "I2cAddressList must hold different I2C addre"),
        (lambda d: relays(d)["ConfigList"][0].update(RelayIdx=77), "RelayIdx of 'vdc-relay1' must be a whol"),
        (lambda d: relays(d)["ConfigList"][0].update(RelayIdx=2), "relay boards]: RelayIdx 2 stands there t"),
        (lambda d: again(relays(d)["ConfigList"]), "ConfigList ChannelName"),
        (lambda d: relays(d).update(ConfigList=5), "ConfigList must be a list of objects, not 5."),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_its_own_name_and_nothing_is_written(
    tmp_path: Path, bend: Callable[[Json], None], sentence: str
) -> None:
    document = reference()
    bend(document)
    source, out = tmp_path / "in.json", tmp_path / "out.toml"
    source.write_text(json.dumps(document), encoding="utf-8")
    code, said, wrong = run("import", str(source), str(out))
    assert (code, said) == (78, "")
    assert sentence in wrong
    assert wrong.startswith(f"{source} [")
    assert not out.exists()


def test_what_is_left_out_is_named_as_the_json_names_it(tmp_path: Path) -> None:
    _, said, _ = run("import", str(reference() and REFERENCE), str(tmp_path / "out.toml"))
    assert (
        f"{REFERENCE} [tank module of buffer]: PicoHwUid must be 'pico_' and six hexadecimal digits" in said
    )
    document = reference()
    document["ShNodes"][3]["ActorClass"] = "Wizard"
    document["MyScadaGNode"]["Alias"] = "!!"
    source = tmp_path / "in.json"
    source.write_text(json.dumps(document), encoding="utf-8")
    _, said, _ = run("import", str(source), str(tmp_path / "other.toml"))
    assert f"{source} [MyScadaGNode]: Alias must be lower-case words" in said
    assert f"{source} [ShNodes auto]: ActorClass ('Wizard') was not taken over; here it is 'NoActor'." in said


def places(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to everything in a document."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [way, *(deep for key, item in inside for deep in places(item, (*way, key)))]


NONSENSE: tuple[Any, ...] = (
    None,
    [],
    {},
    -1,
    10**30,
    "",
    "\x00",
    "x" * 5000,
    True,
    1e300,
    [[1]],
    {"a": {"b": 1}},
    "d1.a.b",
    0.5,
)


def bent(document: Json, draw: random.Random) -> Json:
    """The document with one to three things replaced, taken out, said twice or moved."""
    for _ in range(draw.randint(1, 3)):
        *way, last = draw.choice(places(document)[1:])
        parent: Any = document
        for word in way:
            parent = parent[word]
        do = draw.randrange(4)
        if do == 0:
            del parent[last]
        elif do == 1 and isinstance(parent, list):
            parent.append(copy.deepcopy(parent[last]))
        elif do == 2:
            *other, end = draw.choice(places(document)[1:])
            found: Any = document
            for word in (*other, end):
                found = found[word]
            parent[last] = copy.deepcopy(found)
        else:
            parent[last] = draw.choice(NONSENSE)
    return document


@pytest.mark.parametrize("seed", range(150))
def test_a_bent_file_ends_in_a_sound_house_or_in_sentences(tmp_path: Path, seed: int) -> None:
    document = bent(reference(), random.Random(seed))
    source, out = tmp_path / "in.json", tmp_path / "out.toml"
    source.write_text(json.dumps(document), encoding="utf-8")
    code, _, wrong = run("import", str(source), str(out))
    if code == 0:
        assert wrong == ""
        assert load_house(out).zones
        assert run("show", str(out))[0] == 0
        return
    assert code == 78
    assert str(source) in wrong or str(out) in wrong
    if out.exists():
        with pytest.raises(LayoutMistakes) as refused:
            load_house(out)
        assert refused.value.sentences


# ------------------------------------------------------------------------------------------- the marks


def test_the_marks_of_what_is_assumed_survive_a_round_trip(tmp_path: Path) -> None:
    first, second, there = tmp_path / "oak.toml", tmp_path / "elm.toml", tmp_path / "there.json"
    assert run("new", str(first), "--yes")[0] == 0
    marks = marked_places(first.read_text(encoding="utf-8"))
    assert len(marks) > 15
    assert "house.boiler" not in marks
    assert "pipes.thermistors.hp-lwt" in marks
    _, said, _ = run("export", str(first), str(there))
    assert f"{first}: {len(marks)} places are marked ASSUMED; an import sets the marks again." in said
    _, said, _ = run("import", str(there), str(second))
    assert "marks ASSUMED came with the file and stand again." in said
    assert set(marked_places(second.read_text(encoding="utf-8"))) == set(marks)
    assert same(load_house(second)) == same(load_house(first))


def test_marks_that_make_no_sense_are_passed_over() -> None:
    document = json.loads(export_json(load_house("beech"))[0])
    document["SpaceHeatScada"]["assumed"] = [
        7,
        "",
        "nowhere.x",
        "tanks.buffer",
        "house",
        "x" * 999,
        "house.boiler.a",
    ]
    house, found = house_from(document, "x", "x.toml")
    assert house is not None
    assert (found.marked, found.refused) == (["tanks.buffer"], [])
    document["SpaceHeatScada"]["assumed"] = "house.boiler"
    assert house_from(document, "x", "x.toml")[1].marked == []


def test_a_comment_that_only_speaks_of_the_mark_is_none() -> None:
    text = (FOLDER / "beech.toml").read_text(encoding="utf-8")
    assert marked_places(text) == []
    head = "# What is marked ASSUMED nobody has said\n[house]\nboiler = true\n# above ASSUMED\nmanifold = 1\n"
    assert marked_places(head) == ["house.manifold"]
