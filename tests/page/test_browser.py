"""The page in a real browser: lit, drawn, quiet, fit for a phone, honest when the program is gone."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from states.image import FaultView, Why
from states.tables import LEAVES
from tests.atn import children
from tests.atn.broker import free_port
from tests.need import need
from tests.page.bench import PageBench, lived, with_overview
from tests.page.chromium import Chromium, chromium_path
from tests.page.live import LivePage

pytestmark = [pytest.mark.server, pytest.mark.slow]
ROOT = Path(__file__).resolve().parents[2]
HOSTILE = '<img src=x onerror="document.title=1"><script>document.title=2</script>{{7*7}}&amp;'

LIT = "((lit) => lit.length === 1 && lit[0].id)([...document.querySelectorAll('.leaf.lit')])"
LAYERS = "[...document.querySelectorAll('#drawing .layer')].map((e) => e.textContent)"
WIDER = """[...document.querySelectorAll('main section, main table, #drawing svg, header, .plot')]
  .filter((e) => e.getBoundingClientRect().right > innerWidth + 0.5).map((e) => e.id || e.className)"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    path = chromium_path()
    need(path, "Chromium is not installed (apt-get install chromium)")
    found = Chromium(str(path))
    yield found
    found.close()


@pytest.fixture
def browser(chromium: Chromium) -> Chromium:
    """A blank tab, in the light, of a desk's width."""
    chromium.go("about:blank")
    chromium.size(1280, 900)
    chromium.scheme("light")
    chromium.complaints.clear()
    return chromium


@pytest.fixture(scope="module")
def demo() -> Iterator[str]:
    """The real program on its simulated house, with broker and ATN; gives the address of its page."""
    need(chromium_path(), "Chromium is not installed (apt-get install chromium)")
    port = free_port()
    program = children.start(
        [sys.executable, str(ROOT / "scada.py"), "demo", "--port", str(port), "--minutes", "3"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
    )
    yield f"http://127.0.0.1:{port}/"
    children.end(program)


def open_until_it_shows(browser: Chromium, url: str) -> None:
    """The program needs a moment to start; until then there is nobody to ask."""
    for _ in range(40):
        browser.go(url)
        if browser.ask("location.origin + '/'") == url:
            break
        browser.ask("new Promise((done) => setTimeout(done, 250))")
    browser.complaints.clear()
    browser.go(url)
    browser.wait(LIT)


def test_the_real_program_is_shown_whole_and_without_a_complaint(browser: Chromium, demo: str) -> None:
    open_until_it_shows(browser, demo)
    browser.wait(f"{LAYERS}.length === 12 && {LAYERS}.every((t) => /^\\d+\\.\\d$/.test(t))")
    same = "fetch('/api/status').then((a) => a.json()).then((s) => s.state)"
    browser.wait(f"{same}.then((state) => {LIT} === 'state-' + state)")
    assert browser.ask(LIT).removeprefix("state-") in LEAVES
    browser.wait("document.querySelector('#zone-list .big').textContent.endsWith('°F')")
    browser.wait("document.querySelectorAll('.uplot canvas').length >= 4")
    assert "SIMULATED" in browser.ask("document.getElementById('simulated').textContent")
    assert browser.ask("document.getElementById('why').textContent") not in ("", "--")
    assert browser.ask("document.querySelectorAll('#actuator-table tbody tr').length") == 17
    before = browser.ask("document.getElementById('clock').textContent")
    browser.wait(f"document.getElementById('clock').textContent !== '{before}'")
    assert browser.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_no_width_makes_the_page_scroll_sideways(
    browser: Chromium, demo: str, width: int, scheme: str
) -> None:
    browser.scheme(scheme)
    browser.size(width, 844, phone=width < 700)
    open_until_it_shows(browser, demo)
    browser.wait("document.querySelectorAll('.uplot canvas').length >= 4")
    assert browser.ask("document.documentElement.scrollWidth") <= width
    assert browser.ask(WIDER) == []
    assert browser.complaints == []


def test_hostile_words_are_shown_as_words(browser: Chromium) -> None:
    fault = FaultView("nasty", HOSTILE, "WARN", lived().image.now.mono_ms, lived().image.now.wall_ms)
    source = with_overview(lived(), faults=(fault,), why=Why("x", HOSTILE), waiting=HOSTILE)
    live = LivePage(PageBench(source))
    try:
        live.bench.page.tell(HOSTILE)
        browser.go(live.bench.page.url)
        browser.wait(LIT)
        browser.wait("document.querySelectorAll('#recent-list li').length === 1")
        for place in ("why", "waiting", "fault-list", "recent-list"):
            assert HOSTILE in browser.ask(f"document.getElementById('{place}').textContent"), place
        assert browser.ask("document.querySelectorAll('main img, main script').length") == 0
        assert browser.ask("document.title").startswith(
            browser.ask("document.getElementById('title').textContent")
        )
        assert browser.complaints == []
    finally:
        live.close()


STOPS = "[...document.querySelectorAll('#drawing .tank stop')].map((e) => getComputedStyle(e).stopColor)"


class Mute(PageBench):
    """A program that knows its house and has not looked at it yet."""

    def snapshot(self) -> None:
        return None


def test_before_the_first_data_tanks_have_the_colour_of_what_is_unknown(browser: Chromium) -> None:
    live = LivePage(Mute())
    try:
        browser.go(live.bench.page.url)
        browser.wait(f"{STOPS}.length === 12")
        unknown = "getComputedStyle(document.documentElement).getPropertyValue('--unknown').trim()"
        assert browser.ask(unknown) not in ("", "#000")
        assert set(browser.ask(STOPS)).isdisjoint({"rgb(0, 0, 0)"})
    finally:
        live.close()


def test_a_program_that_hangs_is_said_to_be_lost_and_found_again(browser: Chromium) -> None:
    live = LivePage(PageBench())
    lost = "document.getElementById('lost')"
    try:
        browser.go(live.bench.page.url)
        browser.wait(LIT)
        assert browser.ask(f"{lost}.hidden")
        live.paused = True
        browser.wait(f"!{lost}.hidden && {lost}.textContent")
        assert "Last heard" in browser.ask(f"{lost}.textContent")
        assert browser.ask("document.documentElement.classList.contains('lost')")
        assert browser.ask("getComputedStyle(document.querySelector('main')).opacity") == "0.5"
        live.paused = False
        browser.wait(f"{lost}.hidden")
        assert browser.complaints == []
    finally:
        live.close()
