"""What an ATN and an admin program send, as payloads to be changed at will."""

from __future__ import annotations

from typing import Any

from tests.wire.examples import UID
from tests.wire.scenes import START_MS, house

LTN, SCADA = house().ltn.alias, house().scada.alias


def heartbeat(**changes: Any) -> dict[str, Any]:
    """An offer of the ATN."""
    contract = {
        "ScadaAlias": SCADA, "StartS": START_MS // 1000, "DurationMinutes": 60, "AvgPowerWatts": 5500,
        "OilBoilerOn": False, "ContractId": UID, "TypeName": "slow.dispatch.contract", "Version": "000",
    }  # fmt: skip
    return {
        "FromNode": "ltn", "Contract": contract | changes.pop("contract", {}), "PreviousStatus": None,
        "Status": "Created", "MessageCreatedMs": START_MS + 3_000, "Cause": None, "IsAuthoritative": True,
        "WattHoursUsed": None, "MyDigit": 4, "YourLastDigit": None, "SignedProof": "signed_proof_stub",
        "TypeName": "slow.contract.heartbeat", "Version": "001", **changes,
    }  # fmt: skip


def dispatch(node: str, event_type: str, name: str, **changes: Any) -> dict[str, Any]:
    """A person moves a relay."""
    trigger = {
        "FromHandle": "admin", "ToHandle": f"admin.{node}", "EventType": event_type, "EventName": name,
        "TriggerId": UID, "SendTimeUnixMs": START_MS, "TypeName": "fsm.event", "Version": "000",
    }  # fmt: skip
    return {"DispatchTrigger": trigger | changes.pop("trigger", {}), "TimeoutSeconds": 300,
            "TypeName": "admin.dispatch", "Version": "000", **changes}  # fmt: skip


def analog(node: str = "dist-010v", value: int = 40, boss: str = "admin", **changes: Any) -> dict[str, Any]:
    """A boss sets an output."""
    return {"FromGNodeAlias": None, "FromHandle": boss, "ToHandle": f"{boss}.{node}", "AboutName": node,
            "Value": value, "TriggerId": UID, "UnixTimeMs": START_MS, "TypeName": "analog.dispatch",
            "Version": "000", **changes}  # fmt: skip


def admin_analog(**changes: Any) -> dict[str, Any]:
    """A person sets an output."""
    seconds = changes.pop("TimeoutSeconds", 300)
    return {"Dispatch": analog(**changes), "TimeoutSeconds": seconds,
            "TypeName": "admin.analog.dispatch", "Version": "000"}  # fmt: skip


def params(new: dict[str, Any] | None) -> dict[str, Any]:
    """The ATN proposes parameters."""
    return {
        "FromGNodeAlias": LTN, "FromName": "ltn", "ToName": "lc", "UnixTimeMs": START_MS, "MessageId": UID,
        "NewParams": new, "OldParams": None, "TypeName": "scada.params", "Version": "005",
    }  # fmt: skip
