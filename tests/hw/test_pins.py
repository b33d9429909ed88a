"""The pin header: a heartbeat of whole ticks, a light that is never steady, a switch that bounces."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from hw.dead_man import GRACE_MS, LOOKS, RESUME_MS, DeadMan, Debounce
from hw.header import PinError, RaspberryHeader, open_header
from hw.light import PATTERNS, is_lit, pattern_of
from hw.others import real_others
from hw.pins import Pins
from hw.twin.header import TwinHeader
from layouts.load import load_house
from layouts.settings import Gpio, Settings
from states.image import Readback, Readbacks
from states.tables import LEAVES
from tests.hw.fakes import at

BEAT, LIGHT, SWITCH = 17, 27, 22
WIRED = Gpio(enabled=True, heartbeat_pin=BEAT, light_pin=LIGHT, switch_pin=SWITCH)
HOME = "HomeAlone.Normal.HpOnStoreOff"


def backs(one: int | None = 1, two: int | None = 0, told: tuple[int, int] = (1, 0)) -> Readbacks:
    return {"relay5": Readback(told[0], one, 0), "relay6": Readback(told[1], two, 0)}


class Cabinet:
    """Pins on a simulated header; time moves by ticks of 100 ms."""

    def __init__(self, gpio: Gpio = WIRED) -> None:
        self.ms = 1000
        self.header = TwinHeader(lambda: self.ms, BEAT)
        self.pins = Pins(gpio, self.header, ("relay5", "relay6"))

    def tick(self, seconds: float = 0.1, backs: Readbacks | None = None, path: str = HOME) -> None:
        for _ in range(round(seconds * 10)):
            self.ms += 100
            self.pins.look(at(self.ms))
            self.pins.finish(at(self.ms), GOOD if backs is None else backs, path)

    @property
    def edges(self) -> int:
        return self.header.edges.get(BEAT, 0)


GOOD = backs()


# ------------------------------------------------------------------------------------- the heartbeat


def test_every_whole_tick_is_one_edge() -> None:
    cabinet = Cabinet()
    cabinet.tick(5)
    assert (cabinet.edges, cabinet.pins.beats) == (50, 50)
    assert cabinet.header.supplied


def test_a_tick_that_is_not_finished_is_no_edge() -> None:
    cabinet = Cabinet()
    cabinet.tick()
    for _ in range(50):
        cabinet.ms += 100
        cabinet.pins.look(at(cabinet.ms))
    assert cabinet.edges == 1


def test_nothing_beats_before_every_relay_has_been_read_back() -> None:
    cabinet = Cabinet()
    cabinet.tick(20, {"relay5": Readback(1, 1, 0)})
    assert cabinet.edges == 0
    assert cabinet.pins.device.status.words == "The heartbeat has stopped: relay6 cannot be read back."
    cabinet.tick()
    assert cabinet.edges == 1


@pytest.mark.parametrize(
    ("ill", "words"),
    [
        (backs(two=None), "relay6 cannot be read back"),
        (backs(two=1), "relay6 does not let go"),
    ],
)
def test_f103_it_stops_when_relays_are_out_of_hand_and_goes_on_after_a_minute(
    ill: Readbacks, words: str
) -> None:
    cabinet = Cabinet()
    cabinet.tick(1)
    cabinet.tick(GRACE_MS / 1000, ill)
    assert cabinet.edges == 10 + GRACE_MS // 100
    cabinet.tick(20, ill)
    assert cabinet.edges == 10 + GRACE_MS // 100
    assert not cabinet.header.supplied
    assert cabinet.pins.device.status.words == f"The heartbeat has stopped: {words}."
    assert cabinet.pins.dead_man.stops == 1
    stood = cabinet.edges
    cabinet.tick(RESUME_MS / 1000)
    assert cabinet.edges == stood
    cabinet.tick(1)
    assert cabinet.edges == stood + 10
    assert cabinet.pins.device.status.words == ""


def test_a_relay_that_does_not_pull_in_is_safe_without_help() -> None:
    cabinet = Cabinet()
    cabinet.tick(60, backs(one=0))
    assert cabinet.edges == 600


def test_a_moment_of_silence_is_forgiven_however_often() -> None:
    man, ms = DeadMan(("relay5", "relay6")), 0
    for _ in range(20):
        for ill in (*([backs(one=None)] * 49), GOOD):
            ms += 100
            man.step(ill if man.beating else GOOD, ms)
    assert (man.beating, man.stops) == (True, 0)


def test_an_ill_minute_begins_anew_with_every_relapse() -> None:
    man = DeadMan(("relay5", "relay6"))
    man.step(GOOD, 0)
    man.step(backs(one=None), 1)
    assert not man.step(backs(one=None), 1 + GRACE_MS)
    assert not man.step(GOOD, 10_000)
    assert not man.step(backs(one=None), 60_000)
    assert not man.step(GOOD, 61_000)
    assert not man.step(GOOD, 61_000 + RESUME_MS - 1)
    assert man.step(GOOD, 61_000 + RESUME_MS)


# ----------------------------------------------------------------------------------------- the switch


def test_the_switch_is_unknown_until_it_has_settled() -> None:
    cabinet = Cabinet()
    seen = []
    for _ in range(4):
        cabinet.tick()
        seen.append(cabinet.pins.home)
    assert seen == [None, None, False, False]
    cabinet.header.turn(SWITCH, True)
    seen = []
    for _ in range(4):
        cabinet.tick()
        seen.append(cabinet.pins.home)
    assert seen == [False, False, True, True]


def test_without_a_switch_nobody_knows() -> None:
    cabinet = Cabinet(replace(WIRED, switch_pin=0))
    cabinet.tick(1)
    assert cabinet.pins.home is None
    assert set(cabinet.header.directions) == {BEAT, LIGHT}


def test_a_contact_that_bounces_at_every_look_changes_nothing() -> None:
    cabinet = Cabinet()
    cabinet.tick(1)
    for turn in range(40):
        cabinet.header.turn(SWITCH, turn % 4 < 2)
        cabinet.tick()
    assert cabinet.pins.home is False


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 300)), max_size=60))
def test_a_level_counts_only_after_a_steady_run(looks: list[tuple[bool, int]]) -> None:
    debounce, ms, run, since = Debounce(), 0, 0, 0
    before: bool | None = None
    last: bool | None = None
    for level, gap in looks:
        ms += gap
        run, since = (run + 1, since) if level == last else (1, ms)
        last = level
        debounce.see(level, ms)
        if run >= LOOKS and ms - since >= 100:
            before = level
        assert debounce.level == before


# ------------------------------------------------------------------------------------------ the light


def test_every_state_has_a_pattern_and_none_is_steady() -> None:
    for path in LEAVES:
        pattern = pattern_of(path)
        assert pattern, path
        assert {is_lit(pattern, ms) for ms in range(0, 2000, 100)} == {True, False}, path
    assert len({row[0] for row in PATTERNS.values()}) == len(PATTERNS)
    assert pattern_of("Nowhere") == ()
    assert not is_lit((), 123)


def test_the_longest_beginning_of_a_path_counts_by_whole_words() -> None:
    assert pattern_of("HomeAlone.Backup.OnBoiler") == PATTERNS["HomeAlone.Backup"][0]
    assert pattern_of("HomeAlone.BackupElsewhere") == PATTERNS["HomeAlone"][0]


def test_the_light_follows_the_state_and_begins_with_light() -> None:
    cabinet = Cabinet()
    shown = []
    for path, count in ((HOME, 25), ("Fault.HandedBack", 8)):
        for _ in range(count):
            cabinet.tick(path=path)
            shown.append(cabinet.header.levels[LIGHT])
    assert shown[:25] == [True] * 10 + [False] * 10 + [True] * 5
    assert shown[25:] == [True, True, False, False, True, True, False, False]


def test_a_leaf_of_the_same_pattern_goes_on_with_it() -> None:
    cabinet = Cabinet()
    shown = []
    for place in range(20):
        cabinet.tick(path=f"HomeAlone.Normal.{place}")
        shown.append(cabinet.header.levels[LIGHT])
    assert shown == [True] * 10 + [False] * 10


# ---------------------------------------------------------------------------------- a header that fails


def test_a_header_that_fails_is_left_alone_longer_and_longer_and_never_raises() -> None:
    cabinet = Cabinet()
    cabinet.header.turn(SWITCH, True)
    cabinet.tick(1)
    assert cabinet.pins.home is True
    cabinet.header.fault = "the line is busy"
    stood = cabinet.edges
    tried: list[int] = []
    errors = 0
    for _ in range(15_000):
        cabinet.tick()
        if cabinet.pins.device.errors > errors:
            errors = cabinet.pins.device.errors
            tried.append(cabinet.ms)
    gaps = [b - a for a, b in itertools.pairwise(tried)]
    assert gaps[:8] == [2000, 4000, 8000, 16_000, 32_000, 64_000, 128_000, 256_000]
    assert set(gaps[8:]) == {300_000}
    assert cabinet.edges == stood
    assert cabinet.pins.home is True, "it keeps its word"
    assert "the line is busy" in cabinet.pins.device.status.words
    cabinet.header.fault = ""
    cabinet.tick(301)
    assert cabinet.pins.device.ok
    assert cabinet.edges > stood


def test_closing_lets_go_of_every_line_and_the_dead_man_falls() -> None:
    cabinet = Cabinet()
    cabinet.tick(1)
    cabinet.pins.close()
    cabinet.pins.close()
    assert cabinet.header.directions == {}
    assert (cabinet.header.levels[BEAT], cabinet.header.levels[LIGHT]) == (False, False)
    cabinet.ms += 60_000
    assert not cabinet.header.supplied


def test_closing_a_header_that_fails_is_counted() -> None:
    cabinet = Cabinet()
    cabinet.tick(1)
    cabinet.header.fault = "gone"
    cabinet.pins.close()
    assert cabinet.pins.device.errors == 1


# ------------------------------------------------------------------------------------------- RPi.GPIO


class Strict(ModuleType):
    """RPi.GPIO as its documentation has it: a mode first, a set-up first, RuntimeError and ValueError."""

    BCM, BOARD, OUT, IN, HIGH, LOW, PUD_UP = 11, 10, 0, 1, 1, 0, 22

    def __init__(self) -> None:
        super().__init__("RPi.GPIO")
        self.mode: int | None = None
        self.calls: list[Any] = []
        self.lines: dict[int, int] = {}
        self.error: Exception | None = None

    def setwarnings(self, flag: bool) -> None:
        self.calls.append(("setwarnings", flag))

    def setmode(self, mode: int) -> None:
        if self.error:
            raise self.error
        if self.mode not in (None, mode):
            raise ValueError("A different mode has already been set!")
        self.mode = mode

    def setup(self, pin: int, way: int, **more: int) -> None:
        if self.mode is None:
            raise RuntimeError("Please set pin numbering mode")
        if self.error:
            raise self.error
        self.lines[pin] = way
        self.calls.append(("setup", pin, way, more))

    def output(self, pin: int, value: int) -> None:
        if self.lines.get(pin) != self.OUT:
            raise RuntimeError("The GPIO channel has not been set up as an OUTPUT")
        self.calls.append(("output", pin, value))

    def input(self, pin: int) -> int:
        if pin not in self.lines:
            raise RuntimeError("You must setup() the GPIO channel first")
        if self.error:
            raise self.error
        return 0

    def cleanup(self, pins: list[int] | None = None) -> None:
        assert pins is not None, "never all: somebody else may have lines of his own"
        self.calls.append(("cleanup", pins))
        for pin in pins:
            del self.lines[pin]


@pytest.fixture
def strict(monkeypatch: pytest.MonkeyPatch) -> Strict:
    module, package = Strict(), ModuleType("RPi")
    monkeypatch.setitem(sys.modules, "RPi", package)
    monkeypatch.setitem(sys.modules, "RPi.GPIO", module)
    return module


def test_the_library_is_used_as_it_wants_to_be(strict: Strict) -> None:
    pins = Pins(WIRED, open_header(), ("relay5",))
    for ms in range(0, 400, 100):
        pins.look(at(ms))
        pins.finish(at(ms), GOOD, HOME)
    pins.close()
    out = {"initial": 0}
    assert strict.calls[:4] == [
        ("setwarnings", False),
        ("setup", BEAT, 0, out),
        ("setup", LIGHT, 0, out),
        ("setup", SWITCH, 1, {"pull_up_down": 22}),
    ]
    beats = [call[2] for call in strict.calls if call[:2] == ("output", BEAT)]
    assert beats == [1, 0, 1, 0, 0]
    lights = [call[2] for call in strict.calls if call[:2] == ("output", LIGHT)]
    assert lights == [1, 0], "set when it changes, and at the end"
    assert strict.calls[-1] == ("cleanup", [BEAT, LIGHT, SWITCH])
    assert pins.home is True


def test_lines_that_were_not_claimed_are_sentences(strict: Strict) -> None:
    header = open_header()
    with pytest.raises(PinError, match=r"GPIO 5 cannot be set .*not been set up as an OUTPUT"):
        header.put(5, True)
    with pytest.raises(PinError, match=r"GPIO 6 cannot be read .*setup\(\)"):
        header.is_high(6)
    header.release(())


def test_an_error_of_lgpio_is_one_of_ours(strict: Strict, monkeypatch: pytest.MonkeyPatch) -> None:
    lgpio = ModuleType("lgpio")
    lgpio.error = type("error", (Exception,), {})  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "lgpio", lgpio)
    header = open_header()
    header.input(SWITCH)
    strict.error = lgpio.error("'GPIO busy'")
    with pytest.raises(PinError, match=r"GPIO 22 cannot be read .'GPIO busy'"):
        header.is_high(SWITCH)
    with pytest.raises(PinError, match="GPIO 4 cannot be set up as an output"):
        header.output(4)
    with pytest.raises(PinError, match="The pin header cannot be opened"):
        RaspberryHeader(strict)


def test_where_there_is_no_header_the_run_does_not_begin(
    strict: Strict, monkeypatch: pytest.MonkeyPatch
) -> None:
    strict.error = RuntimeError("This module can only be run on a Raspberry Pi!")
    with pytest.raises(
        ValueError, match=r"only be run on a Raspberry Pi.*rpi-lgpio .not both.*enabled = false"
    ):
        open_header()
    monkeypatch.delitem(sys.modules, "RPi")
    monkeypatch.setitem(sys.modules, "RPi.GPIO", None)
    with pytest.raises(ValueError, match=r"\[gpio\] enabled is true, but the pin header cannot be used"):
        open_header()


def test_the_library_may_write_where_the_service_may_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """lgpio 0.2.2 makes the pipe `.lgd-nfy0` in the working folder when it is imported."""
    (tmp_path / "RPi").mkdir()
    (tmp_path / "RPi/__init__.py").touch()
    lines = ["open('.lgd-nfy0', 'w').close()", "BCM = 11", "def setwarnings(f): pass", "def setmode(m): pass"]
    (tmp_path / "RPi/GPIO.py").write_text("\n".join(lines))
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("RPi", "RPi.GPIO"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.chdir("/proc")
    try:
        open_header()
    finally:
        for name in ("RPi", "RPi.GPIO"):
            sys.modules.pop(name, None)
    assert Path.cwd() == Path("/proc")


def test_the_library_is_imported_only_where_the_header_is_used(strict: Strict) -> None:
    house = load_house("orange")
    assert real_others(house, Settings()).header is None
    assert strict.calls == []
    assert isinstance(real_others(house, Settings(gpio=WIRED)).header, RaspberryHeader)
    assert strict.calls == [("setwarnings", False)]
