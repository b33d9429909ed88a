"""Requests and commands: from the ATN, from an admin program, and between the parts of a SCADA."""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, UnsetType

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
    demand,
    demand_boss,
)
from proto.wire.layout import DataChannelGt, Ha1Params, SpaceheatNodeGt

# ------------------------------------------------------------------------------------------ requests


class SendLayout(Message, tag="send.layout", frozen=True, kw_only=True):
    """Send me `layout.lite`."""

    from_g_node_alias: LeftRightDot
    message_created_ms: UTCMilliseconds
    version: Literal["001"] = "001"


class SendSnap(Message, tag="send.snap", frozen=True, kw_only=True):
    """Send me a snapshot."""

    from_g_node_alias: LeftRightDot
    version: str = "000"


class SendControlCapabilities(Message, tag="send.control.capabilities", frozen=True, kw_only=True):
    """Tell me what I may command."""

    from_g_node_alias: LeftRightDot
    message_created_ms: UTCMilliseconds
    version: Literal["000"] = "000"


class ScadaParams(Message, tag="scada.params", frozen=True, kw_only=True):
    """The ATN proposes `new_params`; we answer with what is in force and what was before."""

    from_g_node_alias: LeftRightDot
    from_name: SpaceheatName
    to_name: SpaceheatName
    unix_time_ms: UTCMilliseconds
    message_id: UUID4
    new_params: Ha1Params | None = None
    old_params: Ha1Params | None = None
    version: Literal["005"] = "005"


class NewCommandTree(Message, tag="new.command.tree", frozen=True, kw_only=True):
    """Every node with its handle as of now."""

    from_g_node_alias: LeftRightDot
    sh_nodes: tuple[SpaceheatNodeGt, ...]
    unix_ms: UTCMilliseconds
    version: Literal["000"] = "000"


# ------------------------------------------------------------------------------------------ dispatch


class FsmEvent(Message, tag="fsm.event", frozen=True, kw_only=True):
    """A boss tells a machine of his to change."""

    from_handle: HandleName
    to_handle: HandleName
    event_type: LeftRightDot
    event_name: str
    trigger_id: UUID4
    send_time_unix_ms: UTCMilliseconds
    version: Literal["000"] = "000"

    def __post_init__(self) -> None:
        """Only the direct boss commands."""
        demand_boss(self.from_handle, self.to_handle)


class AnalogDispatch(Message, tag="analog.dispatch", frozen=True, kw_only=True):
    """A boss sets an output of his to a value."""

    from_g_node_alias: LeftRightDot | None = None
    from_handle: HandleName
    to_handle: HandleName
    about_name: SpaceheatName
    value: Int64
    trigger_id: UUID4
    unix_time_ms: UTCMilliseconds
    version: Literal["000"] = "000"

    def __post_init__(self) -> None:
        """Only the direct boss commands."""
        demand_boss(self.from_handle, self.to_handle)


class AdminDispatch(Message, tag="admin.dispatch", frozen=True, kw_only=True):
    """A person moves a relay and holds the house for so many seconds."""

    dispatch_trigger: FsmEvent
    timeout_seconds: Int64
    version: Literal["000"] = "000"


class AdminAnalogDispatch(Message, tag="admin.analog.dispatch", frozen=True, kw_only=True):
    """A person sets a 0-10 V output and holds the house for so many seconds."""

    dispatch: AnalogDispatch
    timeout_seconds: Int64
    version: Literal["000"] = "000"


class AdminKeepAlive(Message, tag="admin.keep.alive", frozen=True, kw_only=True):
    """A person keeps holding the house; without a number as long as allowed."""

    admin_timeout_seconds: LaxInt64 | None = None
    version: Literal["000"] = "000"


class AdminReleaseControl(Message, tag="admin.release.control", frozen=True, kw_only=True):
    """A person lets go."""

    version: Literal["000"] = "000"


# ----------------------------------------------------------------------------------------- sieg loop


class ResetHpKeepValue(Message, tag="reset.hp.keep.value", frozen=True, kw_only=True):
    """Sieg loop: start again from this keep value."""

    from_handle: HandleName
    to_handle: HandleName
    hp_keep_seconds_times10: Int64
    created_ms: UTCMilliseconds | UnsetType = UNSET
    version: Literal["001"] = "001"


class SetLwtControlParams(Message, tag="set.lwt.control.params", frozen=True, kw_only=True):
    """Sieg loop: controller gains."""

    from_handle: HandleName
    to_handle: HandleName
    proportional_gain: float
    integral_gain: float
    derivative_gain: float
    control_interval_seconds: PosInt
    t1: PosInt
    t2: PosInt
    created_ms: UTCMilliseconds | UnsetType = UNSET
    version: Literal["000"] = "000"


class SetTargetLwt(Message, tag="set.target.lwt", frozen=True, kw_only=True):
    """Sieg loop: target leaving-water temperature, °F."""

    from_handle: HandleName
    to_handle: HandleName
    target_lwt_f: PosInt
    created_ms: UTCMilliseconds | UnsetType = UNSET
    version: Literal["000"] = "000"

    def __post_init__(self) -> None:
        """Only the direct boss commands."""
        demand_boss(self.from_handle, self.to_handle)


class SiegLoopEndpointValveAdjustment(
    Message, tag="sieg.loop.endpoint.valve.adjustment", frozen=True, kw_only=True
):
    """Sieg loop: drive the valve to an end for so many seconds."""

    from_handle: HandleName
    to_handle: HandleName
    hp_keep_percent: Literal[0, 100]
    seconds: PosInt
    created_ms: UTCMilliseconds | UnsetType = UNSET
    version: Literal["000"] = "000"


class SiegTargetTooLow(Message, tag="sieg.target.too.low", frozen=True, kw_only=True):
    """Sieg loop: the target cannot be reached; °F x 10."""

    from_g_node_alias: LeftRightDot
    target_lwt_fx10: Int64
    sieg_cold_fx10: Int64
    heat_pump_delta_tx10: Int64
    time_ms: UTCMilliseconds
    version: Literal["000"] = "000"


# ---------------------------------------------------------------------------- between parts of a SCADA


class ActuatorsReady(Message, tag="actuators.ready", frozen=True, kw_only=True):
    """The boards answer."""

    version: Literal["000"] = "000"


class SuitUp(Message, tag="suit.up", frozen=True, kw_only=True):
    """The ATN's agent takes over."""

    to_node: SpaceheatName
    from_node: SpaceheatName
    version: Literal["000"] = "000"


class AllyGivesUp(Message, tag="ally.gives.up", frozen=True, kw_only=True):
    """The ATN's agent cannot go on."""

    reason: str
    version: str = "000"


class GoDormant(Message, tag="go.dormant", frozen=True, kw_only=True):
    """Stop commanding."""

    to_name: SpaceheatName
    version: Literal["001"] = "001"


class WakeUp(Message, tag="wake.up", frozen=True, kw_only=True):
    """Command again."""

    to_name: SpaceheatName
    version: Literal["000"] = "000"


class ChannelFlatlined(Message, tag="channel.flatlined", frozen=True, kw_only=True):
    """A channel is no longer captured."""

    from_name: SpaceheatName
    channel: DataChannelGt
    version: Literal["000"] = "000"

    def __post_init__(self) -> None:
        """Only who captures a channel can miss it."""
        demand(
            self.from_name == self.channel.captured_by_node_name, "FromName must be who captures the channel"
        )


class PicoMissing(Message, tag="pico.missing", frozen=True, kw_only=True):
    """A Wi-Fi sensor module is silent."""

    actor_name: SpaceheatName
    pico_hw_uid: str
    version: Literal["000"] = "000"
