"""Components as the layout describes them: relay boards, tank modules, flow meters, calibration."""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, UnsetType

from proto.wire import enums
from proto.wire.formats import UUID4, Int64, LaxInt64, Message, PicoUid, PosInt, SpaceheatName, demand


class ChannelConfig(Message, tag="channel.config", frozen=True, kw_only=True):
    """How a channel is polled and captured."""

    channel_name: SpaceheatName
    poll_period_ms: PosInt | None = None
    capture_period_s: PosInt
    async_capture: bool
    async_capture_delta: PosInt | None = None
    exponent: Int64
    unit: enums.Unit
    version: str = "000"


class RelayActorConfig(Message, tag="relay.actor.config", frozen=True, kw_only=True):
    """One relay of a board: its words for both positions."""

    channel_name: SpaceheatName
    poll_period_ms: PosInt | None = None
    capture_period_s: PosInt
    async_capture: bool
    async_capture_delta: PosInt | None = None
    exponent: Int64
    unit: enums.Unit
    relay_idx: PosInt
    actor_name: SpaceheatName
    wiring_config: enums.RelayWiringConfig
    event_type: str
    de_energizing_event: str
    energizing_event: str
    state_type: str
    de_energized_state: str
    energized_state: str
    version: Literal["002"] = "002"


class I2cRelayComponentGt(Message, tag="i2c.multichannel.dt.relay.component.gt", frozen=True, kw_only=True):
    """The relay boards and their relays."""

    component_id: UUID4
    component_attribute_class_id: UUID4
    config_list: tuple[RelayActorConfig, ...]
    display_name: str | None = None
    hw_uid: str | None = None
    i2c_address_list: tuple[Int64, ...]
    version: Literal["002"] = "002"


class _Tank(Message, frozen=True, kw_only=True):
    component_id: UUID4
    component_attribute_class_id: UUID4
    config_list: tuple[ChannelConfig, ...]
    display_name: str | None = None
    hw_uid: str | None = None
    enabled: bool
    pico_hw_uid: str | None = None
    pico_a_hw_uid: str | None = None
    pico_b_hw_uid: str | None = None
    temp_calc_method: enums.TempCalcMethod
    thermistor_beta: PosInt
    send_micro_volts: bool
    samples: PosInt
    num_sample_averages: PosInt
    pico_k_ohms: PosInt | None = None
    serial_number: str = "NA"
    async_capture_delta_micro_volts: LaxInt64
    sensor_order: tuple[LaxInt64, ...] | None = None

    def __post_init__(self) -> None:
        """One module or two halves, a resistor only where it is needed, three sensors in some order."""
        either = bool(self.pico_a_hw_uid) or bool(self.pico_b_hw_uid)
        both = bool(self.pico_a_hw_uid) and bool(self.pico_b_hw_uid)
        demand(
            both if self.pico_hw_uid is None else not either,
            "PicoHwUid, or else PicoAHwUid and PicoBHwUid, must be given",
        )
        demand(
            (self.temp_calc_method == "SimpleBetaForPico") == (self.pico_k_ohms is not None),
            "PicoKOhms belongs to SimpleBetaForPico and to nothing else",
        )
        demand(
            self.sensor_order is None or sorted(self.sensor_order) == [1, 2, 3],
            "SensorOrder must be a permutation of 1, 2, 3",
        )


class PicoTankModuleComponentGt(_Tank, tag="pico.tank.module.component.gt", frozen=True, kw_only=True):
    """A tank's three-depth sensor module."""

    version: Literal["011"] = "011"


class SimPicoTankModuleComponentGt(_Tank, tag="sim.pico.tank.module.component.gt", frozen=True, kw_only=True):
    """The same, of a tank that is simulated."""

    simulates_type_name: Literal["pico.tank.module.component.gt"] = "pico.tank.module.component.gt"
    simulates_version: Literal["011"] = "011"
    version: Literal["000"] = "000"


class PicoFlowModuleComponentGt(Message, tag="pico.flow.module.component.gt", frozen=True, kw_only=True):
    """A pulse flow meter; `HwUid` is left out when unknown, because the peers fall over a null."""

    component_id: UUID4
    component_attribute_class_id: UUID4
    config_list: tuple[ChannelConfig, ...]
    display_name: str | None = None
    hw_uid: PicoUid | UnsetType = UNSET
    enabled: bool
    serial_number: str
    flow_node_name: SpaceheatName
    flow_meter_type: enums.MakeModel = "SAIER__SENHZG1WA"
    hz_calc_method: enums.HzCalcMethod
    gpm_from_hz_method: enums.GpmFromHzMethod
    constant_gallons_per_tick: float
    send_hz: bool = True
    send_gallons: bool = False
    send_tick_lists: bool = False
    no_flow_ms: LaxInt64
    async_capture_threshold_gpm_times100: LaxInt64
    publish_empty_ticklist_after_s: LaxInt64 | None = None
    publish_any_ticklist_after_s: LaxInt64 | None = None
    publish_ticklist_period_s: LaxInt64 | None = None
    publish_ticklist_length: LaxInt64 | None = None
    exp_alpha: float | None = None
    cutoff_frequency: float | None = None
    version: Literal["000"] = "000"


class TankTempCalibration(Message, tag="gw1.tank.temp.calibration", frozen=True, kw_only=True):
    """Effective °F = M x device °F + B, per depth."""

    depth1_m: float = 1.0
    depth1_b: float = 0.0
    depth2_m: float = 1.0
    depth2_b: float = 0.0
    depth3_m: float = 1.0
    depth3_b: float = 0.0
    version: Literal["000"] = "000"


class TankTempCalibrationMap(Message, tag="gw1.tank.temp.calibration.map", frozen=True, kw_only=True):
    """The calibration of the buffer and of tanks 1 to at most 6."""

    buffer: TankTempCalibration
    tank: dict[str, TankTempCalibration]
    version: Literal["000"] = "000"

    def __post_init__(self) -> None:
        """Tanks are numbered from 1 without a gap."""
        wanted = {str(i) for i in range(1, len(self.tank) + 1)}
        demand(1 <= len(self.tank) <= 6 and set(self.tank) == wanted, "Tank must be numbered 1 to at most 6")
