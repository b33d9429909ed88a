"""Whatever is talked about, the journal keeps how the contract of this house was taken, went on and ended."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from proto.journal import ROOM, Entry, Journal, read_entry
from states import contract_step as step
from states.contract import DONE, ContractState
from states.contract_hear import hear
from states.contract_journal import LOST, lines
from states.image import Contract, HeardHeartbeat, Heartbeat
from tests.states.test_contract import ID_A, ID_B, SITE, START, beat, now, terms

FOREIGN = terms(contract_id=ID_B, start_s=START - 36_000)


class Desk:
    """The contract machine with a journal, whose hour is over 400 s after the start of the slot."""

    def __init__(self) -> None:
        self.state = ContractState()
        self.entries: list[Entry] = []
        self.journal = Journal(self._put)

    def _put(self, body: bytes, _: int) -> None:
        entry = read_entry(body)
        assert entry is not None
        self.entries.append(entry)

    def hear(self, status: str, at: float, contract: Contract | None = None) -> None:
        said: Heartbeat = beat(status, at, contract, cause="x" if status[0] in "TC" else None)
        heard = HeardHeartbeat("upstream", "d1.atn", said)
        self._keep(hear(self.state, said, SITE, now(at), 7, 0.0, ""), at, heard)

    def tick(self, at: float) -> None:
        self._keep(step.tick(self.state, now(at), 7, False), at)

    def leave(self, at: float) -> None:
        self._keep(step.terminate(self.state, now(at), 7, "a room is cold"), at)

    def _keep(self, verdict: step.Verdict, at: float, heard: HeardHeartbeat | None = None) -> None:
        self.journal.note(now(at), lines(self.state, verdict, heard))
        self.state = verdict.state

    def of(self, contract_id: str) -> list[Entry]:
        return [entry for entry in self.entries if entry.contract == contract_id]


@pytest.mark.parametrize("status", ["Active", "CompletedUnknownOutcome", "TerminatedByLtn", "Created"])
def test_talk_about_another_contract_takes_no_room_of_ours(status: str) -> None:
    """Nine times a second for 100 s: the peer's whole ration."""
    desk = Desk()
    desk.hear("Created", 3)
    for turn in range(900):
        desk.hear(status, 4 + turn / 9, FOREIGN)
    desk.hear("Active", 105)
    desk.tick(300)
    desk.leave(310)
    assert desk.state.phase == DONE
    ours = [(entry.what, entry.status) for entry in desk.of(ID_A)]
    assert ours == [
        ("heard", "Created"), ("said", "Received"), ("heard", "Active"), ("said", "Active"),
        (LOST, ""), ("said", "TerminatedByScada"),
    ]  # fmt: skip
    assert len(desk.of(ID_B)) == ROOM["strange"]
    assert desk.journal.skipped >= 900 - ROOM["strange"]


@pytest.mark.parametrize("status", ["Active", "CompletedUnknownOutcome"])
def test_talk_about_the_contract_that_is_held_takes_no_room_of_its_end(status: str) -> None:
    desk = Desk()
    desk.hear("Created", 3)
    for turn in range(5000):
        desk.hear(status, 4 + turn / 20)
    desk.leave(300)
    assert desk.entries[-1].status == "TerminatedByScada"
    assert len(desk.entries) == ROOM["held"] + 3
    for turn in range(5000):
        desk.hear("Active", 301 + turn / 100)
    assert len(desk.entries) == ROOM["held"] + 3 + ROOM["strange"], "asked again about what is over"
    desk.hear("Created", 380, replace(terms(), contract_id=ID_B))
    assert [entry.status for entry in desk.of(ID_B)] == ["Created", "Received"]


def test_even_contracts_without_end_are_bounded() -> None:
    desk = Desk()
    for turn in range(1000):
        offer = terms(contract_id=f"{turn:08x}-0000-4000-8000-000000000000")
        desk.hear("Created", turn / 4, offer)
        desk.hear("TerminatedByLtn", turn / 4, offer)
    assert len(desk.entries) == ROOM["turn"]
