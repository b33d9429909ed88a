"""The files of the page: whole, small, our own, and unable to turn text into markup."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from proto.page.assets import DIAGRAM, STATIC, Assets
from states.tables import LEAVES
from tests.page.bench import PageBench

OURS = sorted(p for p in STATIC.iterdir() if p.suffix in (".js", ".css", ".html") and "uPlot" not in p.name)
SCRIPTS = [p for p in OURS if p.suffix == ".js"]
ids = [p.name for p in OURS]
FORBIDDEN = (
    "innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(", "Function(", "DOMParser",
    "javascript:", 'setAttribute("on', "http://", "https://",
)  # fmt: skip


@pytest.fixture
def bench() -> Iterator[PageBench]:
    b = PageBench()
    yield b
    b.close()


class Tags(HTMLParser):
    """Every tag with its attributes, and what stands inside scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.inside: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1][0] in ("script", "style") and data.strip():
            self.inside.append(data)


def test_the_page_carries_the_committed_diagram_as_it_is(bench: PageBench) -> None:
    page = bench.ask("/").text
    assert DIAGRAM.read_text(encoding="utf-8") in page
    for leaf in LEAVES:
        assert page.count(f'id="state-{leaf}"') == 1


def test_nothing_runs_inline_and_nothing_comes_from_elsewhere(bench: PageBench) -> None:
    page = Tags(bench.ask("/").text)
    assert page.inside == []
    for tag, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on") or name == "style"], (
            tag,
            attributes,
        )
        assert tag not in ("base", "iframe", "form", "object", "embed")
        for name in ("src", "href"):
            address = attributes.get(name)
            if address:
                assert re.match(r"/(?!/)|#", address), address


def test_every_file_the_page_and_its_modules_name_is_served(bench: PageBench) -> None:
    named = {a for _, tags in Tags(bench.ask("/").text).tags for n, a in tags.items() if n in ("src", "href")}
    for script in SCRIPTS:
        named |= {f"/static/{m}" for m in re.findall(r'from "\./([^"]+)"', script.read_text())}
    for path in sorted(a for a in named if a and a.startswith("/static/")):
        assert bench.ask(path).status == 200, path


@pytest.mark.parametrize("path", OURS, ids=ids)
def test_our_files_stay_small(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda p: p.name)
def test_no_script_turns_text_into_markup_or_code(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith("// ")
    for word in FORBIDDEN:
        assert word not in text.replace('"http://www.w3.org/2000/svg"', ""), word


def test_styles_load_nothing_from_elsewhere() -> None:
    for path in OURS:
        if path.suffix == ".css":
            text = path.read_text(encoding="utf-8")
            assert "@import" not in text
            assert "url(" not in text


def test_the_plot_library_is_the_pinned_one_with_its_licence() -> None:
    assert "(v1.6.32)" in (STATIC / "uPlot.iife.min.js").read_text(encoding="utf-8")[:200]
    assert "MIT License" in (STATIC / "uPlot.LICENSE.txt").read_text(encoding="utf-8")


def test_a_browser_that_has_a_file_is_not_sent_it_again(bench: PageBench) -> None:
    first = bench.ask("/static/main.js")
    again = bench.ask("/static/main.js", f"If-None-Match: {first.headers['etag']}")
    assert (again.status, again.body) == (304, b"")
    assert bench.ask("/static/main.js", 'If-None-Match: "other"').status == 200


def test_files_are_packed_once_for_browsers_that_take_it(bench: PageBench) -> None:
    plain = bench.ask("/static/uPlot.iife.min.js")
    packed = bench.ask("/static/uPlot.iife.min.js", "Accept-Encoding: gzip, deflate")
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["vary"] == "accept-encoding"
    assert gzip.decompress(packed.body) == plain.body
    assert len(packed.body) < len(plain.body) / 2


def test_the_version_changes_with_any_file(tmp_path: Path) -> None:
    for path in OURS:
        (tmp_path / path.name).write_bytes(path.read_bytes())
    before = Assets(tmp_path).version
    assert Assets(tmp_path).version == before
    (tmp_path / "main.js").write_text("// changed\n")
    assert Assets(tmp_path).version != before


def test_the_whole_page_is_small() -> None:
    """For a phone behind a slow link: everything together, packed."""
    assets = Assets()
    total = sum(len(asset.packed) for asset in assets._files.values())
    assert total < 80_000, total
