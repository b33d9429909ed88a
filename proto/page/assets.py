"""The files of the page, read, put together and compressed once when the program starts.

The state diagram is the generated `docs/states.svg`, set into the page as it is.
"""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

from msgspec import Struct

from proto.http_types import HeaderList, Request
from proto.page.reply import Reply

STATIC = Path(__file__).parent / "static"
DIAGRAM = Path(__file__).parents[2] / "docs" / "states.svg"
DIAGRAM_MARK = "<!-- docs/states.svg -->"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
"""Only files of these kinds are served."""


class Asset(Struct, frozen=True):
    """A file as it goes out; `etag` changes with its content."""

    body: bytes
    packed: bytes
    etag: str
    content_type: str


def _asset(body: bytes, content_type: str) -> Asset:
    mark = hashlib.sha256(body).hexdigest()[:20]
    return Asset(body, gzip.compress(body, 9, mtime=0), f'"{mark}"', content_type)


class Assets:
    """Path -> file; the page itself is "/"."""

    def __init__(self, static: Path = STATIC, diagram: Path = DIAGRAM) -> None:
        """Reads everything; raises `OSError` when the diagram or the page is missing."""
        self._files = {
            f"/static/{path.name}": _asset(path.read_bytes(), TYPES[path.suffix])
            for path in sorted(static.iterdir())
            if path.suffix in TYPES and path.suffix != ".html"
        }
        page = (static / "index.html").read_text(encoding="utf-8")
        drawing = diagram.read_text(encoding="utf-8")
        self._files["/"] = _asset(page.replace(DIAGRAM_MARK, drawing).encode(), TYPES[".html"])
        marks = "".join(asset.etag for asset in self._files.values())
        self.version = hashlib.sha256(marks.encode()).hexdigest()[:12]
        """Changes when any file does; an open page loads itself anew then."""

    def paths(self) -> tuple[str, ...]:
        """Everything that is served."""
        return tuple(self._files)

    def reply(self, request: Request) -> Reply | None:
        """The file asked for; None when there is no such file."""
        asset = self._files.get(request.path)
        if asset is None:
            return None
        headers: HeaderList = (
            ("cache-control", "no-cache"),
            ("etag", asset.etag),
            ("vary", "accept-encoding"),
        )
        if asset.etag in request.header("if-none-match"):
            return Reply(304, headers=headers)
        if "gzip" in request.header("accept-encoding"):
            packed = (*headers, ("content-encoding", "gzip"))
            return Reply(200, asset.packed, asset.content_type, packed)
        return Reply(200, asset.body, asset.content_type, headers)
