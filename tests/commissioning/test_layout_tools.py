"""`layout import`, `export` and `new`: the same house again, their own loader as judge, nothing unsaid."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from gwsproto.data_classes.house_0_layout import House0Layout

from layouts.command_line import parse
from layouts.dry_run import dry_run
from layouts.export_json import export_json, hardware_layout, same
from layouts.import_json import house_from
from layouts.import_lost import lost
from layouts.layout_command import layout_command
from layouts.load import FOLDER, load_house, shipped_houses
from layouts.model import House
from layouts.terminal import Terminal
from layouts.write_toml import layout_text
from tests.annex import annex
from tests.layouts.devices import load, with_btus, with_probes, with_serial_meter
from tests.need import need

REFERENCE = FOLDER.parent.parent / "shared" / "data" / "hardware-layout.json"
OWN_WORDS = """
[channels.hp-lwt]
stale_s = 77
display = "Hot Pipe"
async_capture = false

[channels.buffer-depth1]
stale_s = 400
capture_period_s = 30

[nodes.relay6]
display = "Call"
id = "4e0a0b2f-7cf3-4a6e-8f36-0a6c2dbb5f7e"
"""


class Person(io.StringIO):
    """A person who types these lines."""

    def isatty(self) -> bool:
        return True


def run(*words: str, typed: str | None = None) -> tuple[int, str, str]:
    """Exit code, what was printed, what was complained about."""
    out, err = io.StringIO(), io.StringIO()
    into = io.StringIO() if typed is None else Person(typed)
    code = layout_command(parse(["layout", *words]), Terminal(into, out, err))
    return code, out.getvalue(), err.getvalue()


def houses(folder: Path) -> list[House]:
    beech = (FOLDER / "beech.toml").read_text(encoding="utf-8")
    return [
        *(load_house(name) for name in shipped_houses()),
        annex(),
        load(with_btus(), folder),
        load(with_probes(), folder),
        load(with_serial_meter(), folder),
        load(beech + OWN_WORDS, folder),
        load(beech.replace('kind = "reed",', 'kind = "reed", meter_type = "ACME__7",'), folder),
        load(beech.replace('kind = "reed",', 'kind = "reed", send_tick_lists = true,'), folder),
    ]


def test_import_of_the_export_is_the_same_house_and_nothing_is_assumed_or_lost(tmp_path: Path) -> None:
    for house in houses(tmp_path):
        document = json.loads(export_json(house)[0])
        again, found = house_from(document, house.name, house.file)
        assert again is not None
        assert same(again) == same(house), house.file
        assert (found.assumed, found.refused) == ([], []), house.file
        told = [s for s in lost(document, hardware_layout(again), "x") if "[web server]" not in s]
        assert told == [], house.file


def test_the_file_that_import_writes_is_the_same_house(tmp_path: Path) -> None:
    for house in houses(tmp_path):
        _, found = house_from(json.loads(export_json(house)[0]), house.name, house.file)
        (tmp_path / "again.toml").write_text(layout_text(found.root, "again"), encoding="utf-8")
        assert same(load_house(tmp_path / "again.toml")) == same(house), house.file


def test_the_loader_of_gridworks_accepts_every_export_and_sees_the_same_channels(tmp_path: Path) -> None:
    for house in houses(tmp_path):
        path = tmp_path / "hardware-layout.json"
        path.write_text(export_json(house)[0], encoding="utf-8")
        theirs = House0Layout.load(path)
        assert set(theirs.data_channels) == set(house.channel_by_name), house.file
        assert set(theirs.nodes) == set(house.node_by_name)
        assert theirs.zone_list == [zone.name for zone in house.zones]
        assert theirs.total_store_tanks == len(house.store_tanks)
        relays: Any = theirs.nodes["relay-multiplexer"].component
        assert {c.RelayIdx: c.ChannelName for c in relays.gt.ConfigList} == {
            r.index: r.channel for r in house.relays
        }


def test_a_house_that_gridworks_refuses_is_refused_by_the_judge_too(tmp_path: Path) -> None:
    """The judge can say no: a channel that nobody captures."""
    document = json.loads(export_json(load_house("orange"))[0])
    document["OtherComponents"] = [c for c in document["OtherComponents"] if "dfr" not in c["TypeName"]]
    path = tmp_path / "broken.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(Exception, match=r"(?s)not loaded|inconsistency"):
        House0Layout.load(path)


def reference() -> dict[str, Any]:
    need(REFERENCE.exists(), "the reference's test layout does not stand in ../shared/data")
    document: dict[str, Any] = json.loads(REFERENCE.read_text(encoding="utf-8"))
    return document


def test_the_reference_house_becomes_a_house_and_every_loss_is_a_sentence(tmp_path: Path) -> None:
    reference()
    out = tmp_path / "orange1.toml"
    code, said, wrong = run("import", str(REFERENCE), str(out))
    assert (code, wrong) == (0, "")
    house = load_house(out)
    assert house.ltn.id == "c4c9a280-453f-4c36-a081-970a3774b3ed"
    assert house.node_by_name["relay5"].id == "b1b64c06-5961-4d3d-90ef-1803db79f861"
    assert house.channel_by_name["hp-odu-pwr"].id == "4cb6a9e6-24c4-4b72-9a7d-af5b884c83bd"
    assert house.channel_by_name["zone1-main-set"].async_delta is None
    assert house.meter.make_model == "GRIDWORKS__SIMPM1"
    for sentence in (
        "[ShNodes s2]: a SecondaryScada node was not taken over",
        "PicoHwUid ('sim-buffer-pico') was not taken over",
        "[devices] listen = '0.0.0.0', port = 8080",
        "[pipes.thermistors]: dist-swt, dist-rwt, hp-lwt",
        "[house]: boiler",
    ):
        assert sentence in said
    assert out.read_text(encoding="utf-8").count("ASSUMED") > 15


def leaves(value: Any, path: str = "") -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return [leaf for key, item in value.items() for leaf in leaves(item, f"{path}.{key}")]
    if isinstance(value, list):
        return [leaf for place, item in enumerate(value) for leaf in leaves(item, f"{path}.{place}")]
    return [(path, value)]


def test_a_token_is_never_taken_over_and_never_shown(tmp_path: Path) -> None:
    document = json.loads(export_json(load_house("orange"))[0])
    hub = next(c for c in document["OtherComponents"] if "Hubitat" in c)
    hub["Hubitat"]["AccessToken"] = "sesame-open-7"
    (tmp_path / "in.json").write_text(json.dumps(document), encoding="utf-8")
    out = tmp_path / "out.toml"
    code, said, wrong = run("import", str(tmp_path / "in.json"), str(out))
    assert (code, wrong) == (0, "")
    assert "access token is a secret and was not taken over" in said
    assert "sesame" not in said + out.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("place", "key", "value"),
    [
        ("ShNodes", "Colour", "blue"),
        ("DataChannels", "StartS", 1_700_000_000),
        ("OtherComponents", "PicoKOhms", 30),
        ("OtherCacs", "Note", "old"),
        ("", "Plumber", "Ann"),
    ],
)
def test_what_a_layout_has_no_place_for_is_told(place: str, key: str, value: object) -> None:
    document = json.loads(export_json(load_house("beech"))[0])
    (document[place][-1] if place else document)[key] = value
    again, _ = house_from(document, "x", "x.json")
    assert again is not None
    told = "\n".join(lost(document, hardware_layout(again), "x.json"))
    assert key in told


@pytest.mark.parametrize(("part", "key"), [("Hubitat", "Firmware"), ("WebServer", "Kwargs")])
def test_of_hub_and_web_server_only_what_is_told_otherwise_is_passed_over(part: str, key: str) -> None:
    document = json.loads(export_json(load_house("beech"))[0])
    component = next(c for c in document["OtherComponents"] if part in c)
    component[part][key] = {"said": 7}
    again, _ = house_from(document, "x", "x.json")
    assert again is not None
    assert f"{part}.{key}" in "\n".join(lost(document, hardware_layout(again), "x.json"))


def test_a_component_nobody_knows_is_told() -> None:
    document = json.loads(export_json(load_house("beech"))[0])
    document["OtherComponents"].append(
        {"ComponentId": "7", "DisplayName": "Boiler", "TypeName": "fibaro", "ConfigList": []}
    )
    again, _ = house_from(document, "x", "x.json")
    assert again is not None
    assert any("Boiler" in s and "no place" in s for s in lost(document, hardware_layout(again), "x.json"))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is not JSON"),
        ("[1, 2]", "must hold one JSON object, not [1, 2]"),
        ("{}", "is not a GridWorks hardware layout"),
        (
            '{"ShNodes": [{"Name": 7}], "ZoneList": 3}',
            "in.json [ZoneList]: must name 1 to 6 heated zones, not 3.",
        ),
        ("[" * 100_000, "is not JSON text"),
    ],
)
def test_what_is_no_layout_is_refused_with_a_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "in.json"
    path.write_text(text, encoding="utf-8")
    code, _, wrong = run("import", str(path), str(tmp_path / "out.toml"))
    assert code == 78
    assert sentence in wrong


def test_every_leaf_of_a_layout_may_be_nonsense_without_a_crash() -> None:
    """One value after the other is replaced; the import ends in a house or in sentences."""
    text = export_json(load_house("orange"))[0]
    document = json.loads(text)
    paths = [path for path, _ in leaves(document) if "Channels" not in path and "ShNodes" not in path]
    for number, path in enumerate(paths[::15]):
        broken = json.loads(text)
        *way, last = path.split(".")[1:]
        place: Any = broken
        for word in way:
            place = place[int(word) if isinstance(place, list) else word]
        nonsense: Any = (None, [], {}, -1, "\x00", True, 1e300)[number % 7]
        place[int(last) if isinstance(place, list) else last] = nonsense
        again, _ = house_from(broken, "x", "x.json")
        if again is not None:
            lost(broken, hardware_layout(again), "x.json")


def test_a_file_that_is_there_is_not_touched_without_force(tmp_path: Path) -> None:
    out = tmp_path / "oak.toml"
    out.write_text("mine", encoding="utf-8")
    for words in (("new", str(out), "--yes"), ("export", "orange", str(out))):
        code, _, wrong = run(*words)
        assert code == 78
        assert "is there already and was not touched; --force" in wrong
        assert out.read_text(encoding="utf-8") == "mine"
    assert run("new", str(out), "--yes", "--force")[0] == 0
    assert load_house(out).display == "New House"


def test_a_new_house_by_options_passes_and_is_what_was_said(tmp_path: Path) -> None:
    out = tmp_path / "elm.toml"
    options = ["--display", "Elm", "--alias", "d1.isone.me.elm", "--zones", "down,up", "--tanks", "2"]
    options += ["--boiler", "yes", "--sieg", "yes", "--meter", "iem3455", "--boards", "0x22,0x23", "--yes"]
    code, said, wrong = run("new", str(out), *options)
    assert (code, wrong) == (0, "")
    house = load_house(out)
    assert (house.display, house.ltn.alias, house.boiler) == ("Elm", "d1.isone.me.elm", True)
    assert [zone.name for zone in house.zones] == ["down", "up"]
    assert [tank.name for tank in house.tanks] == ["buffer", "tank1", "tank2"]
    assert (house.manifold, house.relay_boards) == ("House0Sieg", (0x22, 0x23))
    assert (house.meter.kind, house.meter.make_model) == ("rtu", "SCHNEIDERELECTRIC__IEM3455")
    assert {"hp-loop-on-off", "hp-loop-keep-send"} <= set(house.relay_by_key)
    assert "marked ASSUMED" in said
    assert "ASSUMED" not in "".join(line for line in out.read_text().splitlines() if line.startswith("vdc"))
    longest = max(len(line) for line in out.read_text(encoding="utf-8").splitlines())
    assert longest <= 110


def test_check_finds_nothing_wrong_with_a_new_house(tmp_path: Path) -> None:
    out, config = tmp_path / "elm.toml", tmp_path / "config.toml"
    assert run("new", str(out), "--yes", "--zones", "a,b,c,d,e,f", "--tanks", "6")[0] == 0
    config.write_text(f'[site]\nlayout = "{out}"\n', encoding="utf-8")
    text, wrong = dry_run(str(config))
    assert wrong == []
    assert "6 zone(s), 6 store tanks" in text


def test_a_new_house_by_questions(tmp_path: Path) -> None:
    out = tmp_path / "ash.toml"
    typed = "Ash\nd1.ash\ndown, up\n9\n4\n\nno\n\nsimulated\n"
    code, said, wrong = run("new", str(out), typed=typed)
    assert (code, wrong) == (0, "")
    assert "A number from 1 to 6." in said  # 9 tanks, asked once more
    house = load_house(out)
    assert (house.display, len(house.zones), len(house.store_tanks)) == ("Ash", 2, 4)
    assert house.meter.make_model == "GRIDWORKS__SIMPM1"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--zones", "a,a"), "--zones: 1 to 6 different names"),
        (("--zones", "Up Stairs"), "cannot be the name of a zone"),
        (("--tanks", "none"), "--tanks: a number from 1 to 6, not 'none'."),
        (("--boards", "0x20", "--zones", "a,b"), "own relays up to 20, which need a second board"),
        (("--meter", "egage"), "--meter: one of egauge"),
    ],
)
def test_a_wrong_answer_is_a_sentence_and_no_file(
    tmp_path: Path, options: tuple[str, ...], sentence: str
) -> None:
    out = tmp_path / "x.toml"
    code, _, wrong = run("new", str(out), "--yes", *options)
    assert code == 78
    assert sentence in wrong
    assert not out.exists()


class Leaver(Person):
    """A person who presses Enter some times and then Ctrl-C or, with the lines at an end, Ctrl-D."""

    def __init__(self, lines: int, strikes: bool) -> None:
        super().__init__("\n" * lines)
        self.left, self.strikes = lines, strikes

    def readline(self, size: int | None = -1, /) -> str:  # type: ignore[override]
        self.left -= 1
        if self.left < 0 and self.strikes:
            raise KeyboardInterrupt
        return super().readline(-1 if size is None else size)


@pytest.mark.parametrize("lines", range(8))
@pytest.mark.parametrize(("strikes", "why"), [(True, "Ctrl-C"), (False, "the input ended")])
def test_whoever_leaves_at_a_question_of_new_leaves_no_file(
    tmp_path: Path, lines: int, strikes: bool, why: str
) -> None:
    out, said = tmp_path / "x.toml", io.StringIO()
    terminal = Terminal(Leaver(lines, strikes), said, io.StringIO())
    assert layout_command(parse(["layout", "new", str(out)]), terminal) == 130
    assert said.getvalue().endswith(f"\nBroken off: {why}. Nothing was written.\n")
    assert list(tmp_path.iterdir()) == []


class Screen(io.StringIO):
    """Somebody looks at it."""

    def isatty(self) -> bool:
        return True


def test_sentences_are_wrapped_for_a_screen_and_for_nothing_else() -> None:
    screen, pipe = Screen(), io.StringIO()
    for out in (screen, pipe):
        terminal = Terminal(io.StringIO(), out, out)
        terminal.say("  ok  " + "word " * 40 + "python-scada.py")
        terminal.say("a table\n" + "x" * 150)
    lines = screen.getvalue().splitlines()
    assert max(len(line) for line in lines[:-1]) <= 100
    assert lines[1].startswith("      word")
    assert lines[-1] == "x" * 150
    assert pipe.getvalue().count("\n") == 3


def test_without_a_terminal_new_asks_nobody(tmp_path: Path) -> None:
    code, _, wrong = run("new", str(tmp_path / "x.toml"))
    assert code == 78
    assert "Nobody is at a terminal" in wrong
    assert "--yes" in wrong
