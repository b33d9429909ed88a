"""The contract journal of a program that runs, is killed and runs again, read from beside it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.atn.broker import Broker, mosquitto_path
from tests.need import need
from tests.program.processes import ROOT, Peer, Process, config

pytestmark = [pytest.mark.server, pytest.mark.slow]


def contracts(settings: Path, *more: str) -> dict[str, Any]:
    command = [
        sys.executable,
        str(ROOT / "scada.py"),
        "contracts",
        "--config",
        str(settings),
        "--json",
        *more,
    ]
    done = subprocess.run(
        command, cwd=settings.parent, capture_output=True, text=True, timeout=30, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return dict(json.loads(done.stdout))


def test_what_was_said_is_on_the_disk_at_once_and_can_be_read_beside_the_program(tmp_path: Path) -> None:
    need(mosquitto_path() is not None, "mosquitto is not installed")
    with Broker(kind="mosquitto") as broker:
        settings = config(tmp_path, broker.port)
        peer = Peer(broker.port)
        peer.until(lambda: peer.pipe.status.state == "up")
        program = Process(settings).up()
        peer.until(lambda: peer.of("power.watts"))
        contract = peer.offer(4_000)
        peer.until(lambda: any(b.status == "Received" for b in peer.of("slow.contract.heartbeat")))
        program.until(lambda s: s["contract"]["phase"] == "Live")
        beside = contracts(settings)
        assert [(t["contract"], t["heard"], t["said"]) for t in beside["contracts"]] == [
            (contract.contract_id, 1, 1)
        ]
        program.kill()
        peer.heard.clear()
        again = Process(settings).up()
        peer.until(lambda: peer.of("layout.lite"))
        peer.beat(contract, "Active")
        peer.until(lambda: any(b.status == "Active" for b in peer.of("slow.contract.heartbeat")))
        assert again.end() == 0
        peer.close()
    found = contracts(settings, "--contract", contract.contract_id[:6])
    assert found["whole"] is True
    assert [(e["what"], e.get("status")) for e in found["journal"]] == [
        ("heard", "Created"), ("said", "Received"), ("started", None), ("heard", "Active"),
        ("said", "Active"), ("stopped", None),
    ]  # fmt: skip
    assert [e["n"] for e in found["journal"]] == [1, 2, 1, 2, 3, 4]
    assert "the program was gone for 1 min" in found["contracts"][0]["outcome"]
