"""From the image to the wire: what control wants said, as messages with a link to go out on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from layouts.model import House
from proto.params import ha1_params
from proto.wire import IllegalMessage, Message, ProblemEvent
from proto.wire.commands import ScadaParams
from proto.wire.contracts import NoNewContractWarning, SlowContractHeartbeat, SlowDispatchContract
from proto.wire.readings import Glitch
from proto.words import LTN_NODE, SCADA_NODE, UPSTREAM
from states.image import (
    Heartbeat,
    Now,
    Say,
    SayGlitch,
    SayHeartbeat,
    SayNoNewContract,
    SayParams,
    SayRefusal,
)

GLITCH_AGAIN_MS = 60_000
"""The same glitch of the same node is told once in this time."""
PROBLEM_AGAIN_MS = 24 * 3_600_000
MAX_CAUSES = 100
"""Causes remembered; with more the oldest is forgotten, so at worst a thing is told twice."""


class Said(Struct, frozen=True):
    """A message and the link it goes out on; `urgent` ones must be on disk at once.

    `src`: the node of ours that speaks; without one it is we. `covers`: the store's mark of the samples that
    this report carries.
    """

    link: str
    payload: Message
    urgent: bool = False
    src: str = ""
    covers: int = 0


class OncePer:
    """Lets the same cause through once in a while and counts what it held back."""

    def __init__(self, period_ms: int) -> None:
        """`period_ms` of house time."""
        self._period_ms = period_ms
        self._last_ms: dict[str, int] = {}
        self.held_back = 0

    def ok(self, now: Now, cause: str) -> bool:
        """May it be told now?"""
        last = self._last_ms.get(cause)
        if last is not None and now.mono_ms - last < self._period_ms:
            self.held_back += 1
            return False
        if last is None and len(self._last_ms) >= MAX_CAUSES:
            del self._last_ms[next(iter(self._last_ms))]
        self._last_ms.pop(cause, None)
        self._last_ms[cause] = now.mono_ms
        return True


def wire_heartbeat(beat: Heartbeat) -> SlowContractHeartbeat:
    """A heartbeat in wire types; raises `IllegalMessage` when it breaks an axiom."""
    contract = beat.contract
    return SlowContractHeartbeat(
        from_node=beat.from_node,  # type: ignore[arg-type] # checked before it is sent
        contract=SlowDispatchContract(
            scada_alias=contract.scada_alias,
            start_s=contract.start_s,
            duration_minutes=contract.duration_minutes,
            avg_power_watts=contract.avg_power_watts,
            oil_boiler_on=contract.oil_boiler_on,
            contract_id=contract.contract_id,
        ),
        previous_status=beat.previous_status,  # type: ignore[arg-type] # checked before it is sent
        status=beat.status,  # type: ignore[arg-type] # checked before it is sent
        message_created_ms=beat.created_ms,
        cause=beat.cause,
        is_authoritative=beat.authoritative,
        watt_hours_used=beat.watt_hours_used,
        my_digit=beat.my_digit,
        your_last_digit=beat.your_last_digit,
    )


class Outbound:
    """Turns every `Say` into a message. A message that would be illegal becomes a problem event instead."""

    def __init__(self, house: House, new_id: Callable[[], str]) -> None:
        """`new_id` gives random UUIDs."""
        self._house = house
        self._new_id = new_id
        self._glitches = OncePer(GLITCH_AGAIN_MS)
        self._problems = OncePer(PROBLEM_AGAIN_MS)
        self.illegal = 0
        self._table: dict[type, Callable[[Now, Any], Message]] = {
            SayHeartbeat: self._heartbeat,
            SayNoNewContract: self._no_new_contract,
            SayGlitch: self._glitch,
            SayParams: self._params,
            SayRefusal: self._refusal,
        }

    @property
    def held_back(self) -> int:
        """Glitches and problems not told because they had just been told."""
        return self._glitches.held_back + self._problems.held_back

    def say(self, now: Now, say: Say) -> Said | None:
        """The message for `say`; None while the same glitch has just been told."""
        if isinstance(say, SayGlitch) and not self._glitches.ok(now, f"{say.node} {say.summary}"):
            return None
        try:
            return Said(UPSTREAM, self._table[type(say)](now, say), isinstance(say, SayHeartbeat))
        except IllegalMessage as error:
            self.illegal += 1
            cause = f"illegal {type(say).__name__}"
            return self.problem(now, cause, f"We nearly sent an illegal message: {error}", str(say))

    def problem(
        self, now: Now, cause: str, summary: str, details: str = "", *, error: bool = True
    ) -> Said | None:
        """A problem event, once a day for each cause."""
        if not self._problems.ok(now, cause):
            return None
        event = ProblemEvent(
            message_id=self._new_id(),
            time_created_ms=now.wall_ms,
            src=self._house.scada.alias,
            problem_type="error" if error else "warning",
            summary=summary[:300],
            details=details[:2000],
        )
        return Said(UPSTREAM, event)

    def _heartbeat(self, now: Now, say: SayHeartbeat) -> Message:
        return wire_heartbeat(say.heartbeat)

    def _no_new_contract(self, now: Now, say: SayNoNewContract) -> Message:
        return NoNewContractWarning(
            from_g_node_alias=self._house.scada.alias,
            contract_id=say.contract_id,
            grace_end_time_s=say.grace_end_s,
        )

    def _glitch(self, now: Now, say: SayGlitch) -> Message:
        return Glitch(
            from_g_node_alias=self._house.scada.alias,
            node=say.node,
            type=say.level,  # type: ignore[arg-type] # checked before it is sent
            summary=say.summary,
            details=say.details,
            created_ms=now.wall_ms,
        )

    def _params(self, now: Now, say: SayParams) -> Message:
        return ScadaParams(
            from_g_node_alias=self._house.scada.alias,
            from_name=SCADA_NODE,
            to_name=LTN_NODE,
            unix_time_ms=now.wall_ms,
            message_id=say.message_id,
            new_params=ha1_params(say.new),
            old_params=ha1_params(say.old),
        )

    def _refusal(self, now: Now, say: SayRefusal) -> Message:
        words = f"Contract {say.contract_id} is not taken: {say.words}"
        return self._glitch(now, SayGlitch(SCADA_NODE, "Warning", "contract-refused", words))
