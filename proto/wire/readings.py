"""What the house measures and where its machines stand: power, readings, states, snapshot and report."""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, UnsetType

from proto.wire.enums import FsmActionType, FsmReportType, LogLevel
from proto.wire.events import Event
from proto.wire.formats import (
    UUID4,
    HandleName,
    Int64,
    LaxInt64,
    LeftRightDot,
    Message,
    PosInt,
    SpaceheatName,
    UTCMilliseconds,
    UTCSeconds,
    demand,
)


class PowerWatts(Message, tag="power.watts", frozen=True, kw_only=True):
    """Electric power of everything metered for the grid, now."""

    watts: LaxInt64
    version: str = "000"


class SingleReading(Message, tag="single.reading", frozen=True, kw_only=True, gc=False):
    """One channel, one value in its wire integer."""

    channel_name: SpaceheatName
    value: Int64
    scada_read_time_unix_ms: UTCMilliseconds
    version: Literal["000"] = "000"


class SyncedReadings(Message, tag="synced.readings", frozen=True, kw_only=True):
    """Several channels read at one time."""

    channel_name_list: tuple[SpaceheatName, ...]
    value_list: tuple[Int64, ...]
    scada_read_time_unix_ms: UTCMilliseconds
    version: Literal["000"] = "000"

    def __post_init__(self) -> None:
        """Every name has its value."""
        demand(
            len(self.channel_name_list) == len(self.value_list),
            "ChannelNameList and ValueList must have equal lengths",
        )


class ChannelReadings(Message, tag="channel.readings", frozen=True, kw_only=True):
    """One channel, its values of a slot."""

    channel_name: SpaceheatName
    value_list: tuple[Int64, ...]
    scada_read_time_unix_ms_list: tuple[UTCMilliseconds, ...]
    version: Literal["002"] = "002"

    def __post_init__(self) -> None:
        """Every value has its time."""
        demand(
            len(self.value_list) == len(self.scada_read_time_unix_ms_list),
            "ValueList and ScadaReadTimeUnixMsList must have equal lengths",
        )


class SingleMachineState(Message, tag="single.machine.state", frozen=True, kw_only=True, gc=False):
    """One machine, its state now."""

    machine_handle: HandleName
    state_enum: LeftRightDot
    state: str
    unix_ms: UTCMilliseconds
    cause: str | None = None
    version: Literal["000"] = "000"


class MachineStates(Message, tag="machine.states", frozen=True, kw_only=True):
    """One machine, its states of a slot."""

    machine_handle: HandleName
    state_enum: LeftRightDot
    state_list: tuple[str, ...]
    unix_ms_list: tuple[UTCMilliseconds, ...]
    version: Literal["000"] = "000"

    def __post_init__(self) -> None:
        """Every state has its time."""
        demand(
            len(self.state_list) == len(self.unix_ms_list),
            "StateList and UnixMsList must have equal lengths",
        )


class FsmAtomicReport(Message, tag="fsm.atomic.report", frozen=True, kw_only=True):
    """One event or action of one machine; a pin's event names its enum in the extra key `EventType`."""

    machine_handle: HandleName
    state_enum: str
    report_type: FsmReportType
    action_type: FsmActionType | None = None
    action: Int64 | None = None
    event_enum: LeftRightDot | None = None
    event: str | None = None
    from_state: str | None = None
    to_state: str | None = None
    unix_time_ms: UTCMilliseconds
    trigger_id: UUID4
    event_type: str | UnsetType = UNSET
    version: Literal["000"] = "000"


class FsmFullReport(Message, tag="fsm.full.report", frozen=True, kw_only=True):
    """Everything one trigger set in motion."""

    from_name: SpaceheatName
    trigger_id: UUID4
    atomic_list: tuple[FsmAtomicReport, ...]
    version: Literal["000"] = "000"


class SnapshotSpaceheat(Message, tag="snapshot.spaceheat", frozen=True, kw_only=True):
    """The latest reading of every channel and the state of every machine."""

    from_g_node_alias: LeftRightDot
    from_g_node_instance_id: UUID4
    snapshot_time_unix_ms: UTCMilliseconds
    latest_reading_list: tuple[SingleReading, ...]
    latest_state_list: tuple[SingleMachineState, ...]
    version: Literal["003"] = "003"


class Report(Message, tag="report", frozen=True, kw_only=True):
    """Everything measured and changed in one slot."""

    from_g_node_alias: LeftRightDot
    from_g_node_instance_id: UUID4
    about_g_node_alias: LeftRightDot
    slot_start_unix_s: UTCSeconds
    slot_duration_s: PosInt
    channel_reading_list: tuple[ChannelReadings, ...]
    state_list: tuple[MachineStates, ...]
    fsm_report_list: tuple[FsmFullReport, ...]
    message_created_ms: UTCMilliseconds
    id: UUID4
    version: str = "002"

    def check_before_sending(self) -> None:
        """An empty list brings an LTN down, and it would come back with every re-upload."""
        demand(all(r.value_list for r in self.channel_reading_list), "A channel without a value is reported")
        demand(all(s.state_list for s in self.state_list), "A machine without a state is reported")


class ReportEvent(Event, tag="report.event", frozen=True, kw_only=True):
    """A report on its way: stored until acked."""

    report: Report
    version: str = "002"

    def __post_init__(self) -> None:
        """The event is known by its report's id and time."""
        demand(self.message_id == self.report.id, "MessageId must be the id of the Report")
        demand(
            self.time_created_ms == self.report.message_created_ms,
            "TimeCreatedMs must be MessageCreatedMs of the Report",
        )

    def check_before_sending(self) -> None:
        """The report must be fit to be sent."""
        self.report.check_before_sending()


class Glitch(Message, tag="glitch", frozen=True, kw_only=True):
    """Something odd, for a person to read. Neither acked nor stored by anybody."""

    from_g_node_alias: LeftRightDot
    node: SpaceheatName
    type: LogLevel
    summary: str
    details: str
    created_ms: UTCMilliseconds | UnsetType = UNSET
    """We always say it; a peer that leaves it out means now."""
    version: Literal["000"] = "000"
