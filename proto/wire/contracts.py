"""The dispatch contract and the heartbeats that carry it between the ATN and us."""

from __future__ import annotations

from typing import Literal

from proto.wire.enums import ContractStatus
from proto.wire.formats import (
    UUID4,
    Digit,
    Int64,
    LaxInt64,
    LeftRightDot,
    Message,
    PosInt,
    UTCMilliseconds,
    UTCSeconds,
    demand,
)

SIGNED_PROOF = "signed_proof_stub"
CREATION_WINDOW_S = 10

ONLY_LTN = frozenset({"Created", "Confirmed", "TerminatedByLtn"})
ONLY_SCADA = frozenset({"Received", "TerminatedByScada"})
ONLY_CLAIMED = frozenset({"CompletedSuccess", "CompletedFailureByLtn", "CompletedFailureByScada"})
WITH_CAUSE = frozenset(
    {
        "TerminatedByLtn",
        "TerminatedByScada",
        "CompletedUnknownOutcome",
        "CompletedFailureByLtn",
        "CompletedFailureByScada",
    }
)


class SlowDispatchContract(Message, tag="slow.dispatch.contract", frozen=True, kw_only=True):
    """Average watts from `start_s` for so many minutes."""

    scada_alias: LeftRightDot
    start_s: UTCSeconds
    duration_minutes: PosInt
    avg_power_watts: Int64
    oil_boiler_on: bool
    contract_id: UUID4
    version: Literal["000"] = "000"

    def __post_init__(self) -> None:
        """A slot starts on a 5-minute mark; oil means no electricity."""
        demand(self.start_s % 300 == 0, "StartS must fall on a multiple of 5 minutes")
        demand(not self.oil_boiler_on or self.avg_power_watts <= 0, "OilBoilerOn means AvgPowerWatts is 0")


class SlowContractHeartbeat(Message, tag="slow.contract.heartbeat", frozen=True, kw_only=True):
    """One side tells the other how the contract stands."""

    from_node: Literal["ltn", "s"]
    contract: SlowDispatchContract
    previous_status: ContractStatus | None = None
    status: ContractStatus
    message_created_ms: UTCMilliseconds
    cause: str | None = None
    is_authoritative: bool = True
    watt_hours_used: LaxInt64 | None = None
    my_digit: Digit
    your_last_digit: Digit | None = None
    signed_proof: str = SIGNED_PROOF
    version: Literal["001"] = "001"

    def __post_init__(self) -> None:
        """Who may say what, when, and with which words."""
        status = self.status
        latest_ms = 1000 * (self.contract.start_s + CREATION_WINDOW_S)
        demand(
            status != "Created" or self.message_created_ms <= latest_ms,
            f"Created must be said within {CREATION_WINDOW_S} s of StartS",
        )
        demand(status not in ONLY_LTN or self.from_node == "ltn", f"Only the LTN may say {status}")
        demand(status not in ONLY_SCADA or self.from_node == "s", f"Only the SCADA may say {status}")
        authoritative = status in ONLY_LTN or status in ONLY_SCADA
        demand(not authoritative or self.is_authoritative, f"{status} must be authoritative")
        demand(status not in ONLY_CLAIMED or not self.is_authoritative, f"{status} is never authoritative")
        demand(
            (self.cause is not None) == (status in WITH_CAUSE),
            f"Cause is missing or out of place in {status}",
        )
        if self.from_node == "s":
            demand(self.watt_hours_used is not None, "The SCADA must say WattHoursUsed")
        else:
            demand(self.watt_hours_used in (None, 0), "The LTN does not know WattHoursUsed")


class NoNewContractWarning(Message, tag="no.new.contract.warning", frozen=True, kw_only=True):
    """A contract ended two minutes ago and none has followed."""

    from_g_node_alias: LeftRightDot
    contract_id: UUID4
    grace_end_time_s: UTCSeconds
    version: Literal["000"] = "000"
