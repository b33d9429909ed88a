"""F207, F209 and F210: the Wi-Fi modules, and strangers who post in their name."""

from __future__ import annotations

import itertools
import json
import random
import subprocess
import sys
import time

import pytest
from msgspec.structs import replace

import scada
from hw.clock import RealClock
from hw.log import Log
from hw.twin.faults import Pico, PicoFault
from hw.twin.pico import Phase
from hw.twin.ports import twin_ports
from layouts.load import load_house
from layouts.settings import Settings
from proto.devices import DeviceListener
from proto.memory import MemoryBroker
from proto.store.memory import MemoryStore
from states.image import Post
from tests.faults.trial import Trial
from tests.hw.modbus_server import ROOT

PICO_NS = 1_609_459_200_000_000_000
WRAP_US = 2**30


def test_f207_a_tick_counter_that_wraps_makes_no_giant_flow() -> None:
    trial = Trial("beech", warm_s=120)
    ticks = [i * 10_000 if i < 50 else i * 10_000 - WRAP_US for i in range(100)]
    body = {
        "HwUid": "pico_bee010",
        "FirstTickTimestampNanoSecond": PICO_NS,
        "RelativeMicrosecondList": ticks,
        "PicoBeforePostTimestampNanoSecond": PICO_NS + 990_000_000,
        "TypeName": "ticklist.hall",
        "Version": "101",
    }
    rig = trial.program.parts.rig
    read = rig.read(
        trial.stage.clock.advance(1000),
        [Post(990_002, "POST", "/primary-flow/ticklist-hall", json.dumps(body).encode())],
    )
    flows = [r.value for name, r in read.fresh if name == "primary-flow"]
    assert read.answers[0].status == 200
    assert flows
    assert all(0 <= (value or 0) <= 540 for value in flows)


def test_f209_strangers_are_refused_and_no_tick_waits_for_them() -> None:
    house, site, clock = load_house("orange"), Settings(), RealClock()
    site = replace(site, loop=replace(site.loop, tick_ms=50))
    listener = DeviceListener("127.0.0.1", 0)
    ports = twin_ports(house, site, clock, listener)
    broker = MemoryBroker()
    log = Log(level="error", net_ms=lambda: clock.now().net_ms)
    program = scada.build(
        house, site, clock, ports, MemoryStore(),
        lambda plan, topics, peer: broker.pipe(*topics), rng=random.Random(1), log=log,
    )  # fmt: skip
    command = [sys.executable, "-m", "tests.faults.stranger", str(listener.port)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as stranger:
        give_up, ticks = time.monotonic() + 40, 0
        while stranger.poll() is None and time.monotonic() < give_up:
            program.tick()
            ticks += 1
            time.sleep(0.01)
        assert stranger.stdout is not None
        heard = dict(json.loads(line) for line in stranger.stdout)
    listener.close()
    assert not program.failures.last
    assert heard["ours"] == heard["ours again"] == 200
    assert heard["wrong house"] >= 400
    assert heard["wrong method"] == 405
    assert heard["nowhere"] == 404
    assert heard["code"] == 404, "a 200 that is not JSON would be taken for a new program"
    assert heard["ten megabytes"] in (0, 413)
    assert heard["dribble"] == 0, "hung up on after its two seconds"
    assert program.parts.rig.intake.accepted >= 2
    assert ticks > 200, "the loop went on"


def test_f209_a_module_of_another_house_is_refused_and_its_reading_is_not_taken() -> None:
    trial = Trial(warm_s=120)
    refused = sum(trial.program.parts.rig.intake.refused.values())
    trial.inject(PicoFault("tank1", Pico.WRONG_UID))
    trial.run(150)
    assert sum(trial.program.parts.rig.intake.refused.values()) > refused
    age_ms = trial.program.last[0].now.mono_ms - trial.reading("tank1-depth1-device").mono_ms
    assert age_ms > 100_000


@pytest.mark.slow
def test_f210_a_silent_module_is_absent_at_its_stale_time_and_cycled_with_restraint() -> None:
    trial = Trial(warm_s=600)
    module = next(m for m in trial.world.devices.modules if m.actor == "tank2")
    module.phase = Phase.REPLACED
    cycles: list[int] = []
    trial.program.listeners.append(lambda e: cycles.append(e.mono_ms) if e.name == "pico-cycler" else None)
    stale_s = trial.house.channel_by_name["tank2-depth1-device"].stale_ms / 1000
    took_s = trial.until(lambda: trial.control_sees("tank2-depth1") is None, stale_s + 5)
    assert took_s <= stale_s + 1
    trial.appears("tank2-depth1-lost", "tank2 sensor 1 is silent", 65)
    trial.tick_ms = 30_000
    trial.run(26 * 3600)
    gaps = [b - a for a, b in itertools.pairwise(cycles)]
    assert len(cycles) >= 4, "it is tried again and again"
    assert min(gaps) >= 600_000
    days = [sum(0 <= later - first < 86_400_000 for later in cycles) for first in cycles]
    assert max(days) <= 6
