"""`simulate --wire` and `run --wire`: the whole conversation, readable by our own codec, without a secret."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import scada
from proto.wire import Limits, decode
from tests.atn.broker import Broker, mosquitto_path
from tests.need import need
from tests.program.processes import Peer, Process, config


def messages(path: Path) -> list[dict[str, Any]]:
    return [json.loads(text) for text in path.read_text(encoding="utf-8").splitlines()]


def kinds(path: Path) -> set[tuple[str, str]]:
    """(who spoke, message type), every line decoded as a peer would."""
    found = set()
    for one in messages(path):
        assert set(one) == {"topic", "payload"}
        body = json.dumps(one["payload"]).encode()
        incoming = decode(one["topic"], body, Limits(max_bytes=512 * 1024))
        found.add((incoming.topic.src, incoming.payload.type_name))
    return found


def test_a_simulation_writes_down_what_both_sides_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "wire.jsonl"
    path.write_text("of another day\n", encoding="utf-8")
    words = ["simulate", "--days", "0.1", "--controller", "atn", "--json", "--wire", str(path)]
    assert scada.main(words) == 0
    capsys.readouterr()
    found = kinds(path)
    (atn,) = {src for src, kind in found if kind == "slow.contract.heartbeat" and not src.endswith(".scada")}
    assert {
        (atn, "slow.contract.heartbeat"), (f"{atn}.scada", "slow.contract.heartbeat"), (atn, "gridworks.ack"),
        (f"{atn}.scada", "report.event"), (f"{atn}.scada", "snapshot.spaceheat"), (atn, "gridworks.ping"),
    } <= found  # fmt: skip


def test_a_simulation_that_cannot_write_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert scada.main(["simulate", "--days", "0.01", "--wire", str(tmp_path / "no" / "w")]) == 78
    assert "No such file or directory" in capsys.readouterr().err


@pytest.mark.server
def test_a_run_writes_it_down_and_keeps_its_secrets(tmp_path: Path) -> None:
    need(mosquitto_path() is not None, "mosquitto is not installed")
    secret, path = tmp_path / "password", tmp_path / "wire.jsonl"
    secret.write_text("correct-horse-battery\n", encoding="utf-8")
    secret.chmod(0o600)
    with Broker(kind="mosquitto") as broker:
        settings = config(tmp_path, broker.port)
        text = settings.read_text(encoding="utf-8")
        login = f'[upstream]\nusername = "scada-of-oak"\npassword_file = "{secret}"\n'
        settings.write_text(text.replace("[upstream]\n", login), encoding="utf-8")
        peer = Peer(broker.port)
        peer.until(lambda: peer.pipe.status.state == "up")
        program = Process(settings, wire=path).up()
        peer.until(lambda: peer.of("power.watts"))
        contract = peer.offer(4_000)
        peer.until(lambda: any(b.status == "Received" for b in peer.of("slow.contract.heartbeat")))
        assert program.end() == 0
        heard = [one.payload.type_name for one in peer.heard]
        peer.close()
    spoken = [one["topic"].rpartition("/")[2].replace("-", ".") for one in messages(path)]
    for kind in ("power.watts", "slow.contract.heartbeat", "gridworks.event.shutdown"):
        assert kind in spoken
    assert spoken.count("power.watts") >= heard.count("power.watts") > 0
    assert any(contract.contract_id in json.dumps(one) for one in messages(path))
    whole = path.read_text(encoding="utf-8")
    assert "correct-horse-battery" not in whole
    assert "scada-of-oak" not in whole
