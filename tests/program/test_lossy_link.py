"""Contracts over a link that loses, doubles and reorders, with restarts: both sides keep the same books."""

from __future__ import annotations

from collections import defaultdict, deque
from random import Random
from typing import Any

import pytest
from msgspec import Struct
from msgspec.structs import replace

import scada
from hw.log import Log
from hw.twin.truth import powers_w
from layouts.load import load_house
from layouts.settings import Settings
from proto.journal import Entry, read_entry
from proto.pipe import Delivery
from proto.wire.contracts import SlowContractHeartbeat
from tests.atn.season import stage
from tests.program.lives import Outlaw

START_MS = 1_769_490_000_000 - 120_000  # two minutes before midnight in Maine
TICK_MS = 5_000
UP = "gridworks_mqtt"


class Losses(Struct, frozen=True):
    """Shares of messages lost, doubled, kept back; and for how long at most."""

    lost: float
    doubled: float
    late: float
    late_ms: int = 90_000


class LossyPipe:
    """A pipe between which and its broker messages vanish, come twice and overtake each other."""

    def __init__(self, pipe: Any, losses: Losses, rng: Random) -> None:
        self._pipe, self._losses, self._rng = pipe, losses, rng
        self._net_ms = 0
        self._out: list[tuple[int, int, str, bytes]] = []
        self._in: deque[Delivery] = deque()
        self._held: list[tuple[int, Delivery]] = []
        self.fates: defaultdict[str, int] = defaultdict(int)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pipe, name)

    def _due(self) -> list[int]:
        """When each copy of a message arrives; empty when none does."""
        dice, losses = self._rng, self._losses
        if dice.random() < losses.lost:
            self.fates["lost"] += 1
            return []
        copies = 1 + (dice.random() < losses.doubled)
        self.fates["doubled"] += copies - 1
        found = [0 if dice.random() >= losses.late else dice.randrange(losses.late_ms) for _ in range(copies)]
        self.fates["late"] += sum(1 for wait in found if wait)
        return [self._net_ms + wait for wait in found]

    def step(self, net_ms: int) -> None:
        self._net_ms = net_ms
        self._pipe.step(net_ms)
        ready = [one for one in self._out if one[0] <= net_ms]
        self._out = [one for one in self._out if one[0] > net_ms]
        for _, qos, topic, payload in ready:
            self._pipe.send(topic, payload, qos)

    def send(self, topic: str, payload: bytes, qos: int = 0) -> bool:
        self._out += [(due, qos, topic, payload) for due in self._due()]
        self.step(self._net_ms)
        return True

    def poll(self, limit: int) -> list[Delivery]:
        for delivery in self._pipe.poll(1000):
            self._held += [(due, delivery) for due in self._due()]
        self._in += [delivery for due, delivery in self._held if due <= self._net_ms]
        self._held = [one for one in self._held if one[0] > self._net_ms]
        return [self._in.popleft() for _ in range(min(limit, len(self._in)))]


def untyped(thing: object) -> Any:
    """For a test that reaches into it."""
    return thing


class Books:
    """One house, its ATN and the bad link between them; what either side holds for the truth."""

    def __init__(self, seed: int, losses: Losses) -> None:
        self.rng, self.losses = Random(seed), losses
        base = Settings()
        settings = replace(base, twin=replace(base.twin, seed=seed))
        self.made: Any = stage(load_house("orange"), settings, START_MS, TICK_MS, atn=True)
        self.atn = untyped(self.made.atn)
        self.atn.rule = Outlaw(Random(seed))
        self.ended_there: list[tuple[str, str, int | None]] = []
        self.offered: list[str] = []
        self._hear_heartbeat, self._put = self.atn._heartbeat, self.atn._put
        self.atn._heartbeat, self.atn._put = self._note_end, self._note_offer
        self.true_wh: defaultdict[int, float] = defaultdict(float)
        self.pipes: list[LossyPipe] = []
        self._spoil()

    def _spoil(self) -> None:
        link = self.made.program.parts.links.links[UP]
        pipe: Any = LossyPipe(link.pipe, self.losses, self.rng)
        link.pipe = pipe
        self.pipes.append(pipe)

    def _note_end(self, beat: SlowContractHeartbeat, now: Any, pipe: Any) -> None:
        before = self.atn.contract
        self._hear_heartbeat(beat, now, pipe)
        if before is not None and (self.atn.contract is None or self.atn.contract != before):
            assert beat.contract == before
            self.ended_there.append((before.contract_id, beat.status, beat.watt_hours_used))

    def _note_offer(self, beat: SlowContractHeartbeat, now: Any, pipe: Any) -> None:
        if beat.contract.contract_id not in self.offered:
            self.offered.append(beat.contract.contract_id)
        self._put(beat, now, pipe)

    def live(self, seconds: float) -> None:
        """Let time pass, and add up what the meter would have counted if it were perfect."""
        made = untyped(self.made)
        for _ in range(round(seconds * 1000 / TICK_MS)):
            made.step(TICK_MS)
            hour = made.clock.now().wall_ms // 3_600_000
            watts = powers_w(made.world.plant, made.house)
            metered = (watts[c.name] for c in made.house.channels if c.in_power_metering)
            self.true_wh[hour] += sum(metered) * TICK_MS / 3_600_000

    def kill_and_start(self, away_s: float) -> None:
        """SIGKILL, and another start with what the store holds."""
        made, old = untyped(self.made), self.made.program
        old.parts.links.links[UP].pipe._pipe.cut()
        for _ in range(round(away_s * 1000 / TICK_MS)):
            made.atn.step(made.clock.advance(TICK_MS), made.atn_pipe)
            made.world.advance(made.clock.now().mono_ms)
        made.program = scada.build(
            made.house,
            made.settings,
            made.clock,
            old.parts.ports,
            made.store,
            lambda plan, topics, peer: made.broker.pipe(*topics),
            rng=Random(self.rng.random()),
            log=Log(level="error", net_ms=lambda: made.clock.now().net_ms),
        )
        made.program.start(made.store.left())
        self._spoil()

    def journal(self) -> list[Entry]:
        found = [read_entry(body) for _, body in self.made.store.journal]
        assert None not in found
        return [entry for entry in found if entry is not None]

    def ended_here(self) -> dict[str, set[tuple[str, int | None]]]:
        """Contract -> every way in which our side has ever said that it is over."""
        found: defaultdict[str, set[tuple[str, int | None]]] = defaultdict(set)
        for entry in self.journal():
            if entry.what == "said" and entry.status.startswith(("Completed", "Terminated")):
                found[entry.contract].add((entry.status, entry.claims_wh))
        return dict(found)

    def judge(self) -> None:
        """Both ledgers agree, nothing ends twice, the energy is the same, and is what was really used."""
        here = self.ended_here()
        for name, ways in here.items():
            assert len(ways) == 1, f"contract {name} ended in more than one way: {ways}"
        names = [name for name, _, _ in self.ended_there]
        assert len(names) == len(set(names)), "the ATN has seen a contract end twice"
        for name, status, used_wh in self.ended_there:
            assert here[name] == {(status, used_wh)}
        for name in here:
            assert name in self.offered
        over = {end.heartbeat.contract.contract_id for end in self.made.program.state.contract.ended}
        accepted = {entry.contract for entry in self.journal() if entry.status == "Received"}
        held = self.made.program.state.contract.contract
        assert accepted <= over | {held.contract_id if held else ""}

    def judge_energy(self, within_wh: float, part: float) -> int:
        """Every contract that ran to its end was booked as the plant's own sum says; how many there were."""
        judged = 0
        for end in self.made.program.state.contract.ended:
            beat = end.heartbeat
            if beat.status.startswith("Completed"):
                true_wh = self.true_wh[beat.contract.start_s // 3600]
                assert beat.watt_hours_used == pytest.approx(true_wh, abs=within_wh, rel=part)
                judged += 1
        return judged


MILD = Losses(lost=0.10, doubled=0.15, late=0.15)
BAD = Losses(lost=0.35, doubled=0.3, late=0.4)


@pytest.mark.parametrize(
    ("seed", "losses", "hours"), [(1, MILD, 1.2), pytest.param(2, BAD, 3.2, marks=pytest.mark.slow)]
)
def test_both_ledgers_agree_over_a_bad_link(seed: int, losses: Losses, hours: float) -> None:
    books = Books(seed, losses)
    books.live(hours * 3600)
    books.judge()
    assert books.judge_energy(5.0, 0.005) >= int(hours) - 1
    assert len(books.ended_there) >= int(hours) - 1
    assert all(books.pipes[0].fates[fate] > 50 for fate in ("lost", "doubled", "late"))


@pytest.mark.slow
def test_both_ledgers_agree_over_a_bad_link_and_restarts() -> None:
    books = Books(3, BAD)
    for _ in range(4):
        books.live(books.rng.uniform(600, 2400))
        books.kill_and_start(books.rng.uniform(5, 60))
    books.live(3700)
    books.judge()
    assert books.judge_energy(40.0, 0.05) >= 1
    starts = [entry for entry in books.journal() if entry.what == "started"]
    assert starts
    assert all(entry.n == 1 for entry in starts)
