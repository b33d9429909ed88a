"""The generated pages are current: a changed table shows as a changed page."""

import pytest

from tests.pages import DOCS, PAGES


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_current(name: str) -> None:
    path = DOCS / name
    assert path.exists(), f"docs/{name} is missing; run: make docs"
    assert path.read_text(encoding="utf-8") == PAGES[name](), f"docs/{name} is stale; run: make docs"
