"""Messages recorded from a running reference system decode here and come back equal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from proto.wire import Limits, decode, encode, topic

SAMPLES = Path(__file__).resolve().parents[2].parent / "shared" / "facts" / "samples.jsonl"
ROWS: list[dict[str, Any]] = (
    [json.loads(line) for line in SAMPLES.read_text().splitlines() if line] if SAMPLES.exists() else []
)


@pytest.mark.skipif(not ROWS, reason="the recorded samples are not beside this project")
def test_every_recorded_message_comes_back_equal() -> None:
    for row in ROWS:
        whole = row["payload"]
        incoming = decode(row["topic"], json.dumps(whole).encode(), Limits(max_bytes=200_000))
        header = whole["Header"]
        assert incoming.message_id == header["MessageId"]
        assert incoming.ack_required == header["AckRequired"]
        assert json.loads(encode(header["Src"], header["Dst"], incoming.payload)) == whole
        assert topic(header["Src"], header["Dst"], incoming.message_type) == row["topic"]
    assert len({row["topic"] for row in ROWS}) > 30
