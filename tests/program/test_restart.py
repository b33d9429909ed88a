"""SIGKILL at any moment: the next start goes on with contract, compressor rest and every reading."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.atn.broker import Broker, mosquitto_path
from tests.need import need
from tests.program.processes import Peer, Process, config

pytestmark = [pytest.mark.server, pytest.mark.slow]


@pytest.fixture
def broker() -> Iterator[Broker]:
    need(mosquitto_path() is not None, "mosquitto is not installed")
    with Broker(kind="mosquitto") as made:
        yield made


def ids(folder: Path, table: str) -> set[str]:
    """Ids on disk: of `event`, or of `pending` (not acked yet)."""
    with closing(sqlite3.connect(folder / "var" / "store.db", timeout=5)) as link:
        return {name for (name,) in link.execute(f"SELECT id FROM {table}")}


def test_a_kill_in_the_middle_of_a_contract(broker: Broker, tmp_path: Path) -> None:
    settings = config(tmp_path, broker.port)
    peer = Peer(broker.port)
    peer.until(lambda: peer.pipe.status.state == "up")
    scada = Process(settings).up()
    peer.until(lambda: peer.of("power.watts"))
    contract = peer.offer(4_000)
    peer.until(lambda: any(b.status == "Received" for b in peer.of("slow.contract.heartbeat")))
    before = scada.until(lambda s: s["contract"]["phase"] == "Live")["contract"]
    peer.beat(contract, "Active")
    peer.until(lambda: any(b.status == "Active" for b in peer.of("slow.contract.heartbeat")))
    scada.kill()

    gap_from = time.monotonic()
    again = Process(settings).up()
    after = again.until(lambda s: s["contract"]["phase"] == "Live")["contract"]
    gap_s = time.monotonic() - gap_from
    assert after["id"] == contract.contract_id == before["id"]
    used = [b.watt_hours_used for b in peer.of("slow.contract.heartbeat") if b.watt_hours_used is not None]
    most_wh = 10_000 * (gap_s + 5) / 3600
    assert max(used) - 1 <= after["used_wh"] <= max(used) + most_wh
    status = again.status()
    assert status["state"].startswith("AtnControlled.")
    peer.heard.clear()
    peer.beat(contract, "Active")
    peer.until(lambda: any(b.status == "Active" for b in peer.of("slow.contract.heartbeat")))
    assert again.end() == 0
    peer.close()


def test_the_compressor_rests_after_a_kill(broker: Broker, tmp_path: Path) -> None:
    """A start that would come too soon is made to wait, and the wait is said."""
    settings = config(tmp_path, broker.port, more="[twin]\ntank_start_f = 85.0\n")
    scada = Process(settings).up()
    scada.until(lambda s: s["actuators"]["relay5"]["readback"] is not None)
    scada.kill()
    again = Process(settings).up()
    found = again.status()
    call = (found["actuators"]["relay5"]["readback"], found["actuators"]["relay6"]["readback"])
    assert call != (1, 0), "no call of ours within seconds of a start"
    again.end()


def test_no_event_that_was_durable_is_lost_over_a_dozen_kills(broker: Broker, tmp_path: Path) -> None:
    """The ATN acks nothing while the program is killed again and again; then it must hear everything."""
    settings = config(tmp_path, broker.port)
    dice = random.Random(11)
    peer = Peer(broker.port, acks=False)
    peer.until(lambda: peer.pipe.status.state == "up")
    promised: set[str] = set()
    for _ in range(12):
        scada = Process(settings)
        until = time.monotonic() + dice.uniform(0.8, 2.5)
        while time.monotonic() < until:
            peer.step()
            time.sleep(0.01)
        scada.kill()
        if (tmp_path / "var" / "store.db").exists():
            promised |= ids(tmp_path, "event")
    assert len(promised) > 20
    peer.acks = True
    peer.heard.clear()
    scada = Process(settings).up()
    peer.until(lambda: promised <= {i.message_id for i in peer.heard}, 60)
    peer.until(lambda: not promised & ids(tmp_path, "pending"), 30)
    assert scada.end() == 0
    peer.close()
