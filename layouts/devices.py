"""What measures in a house, as its layout describes it: sensor modules, thermistors, meters, the hub."""

from __future__ import annotations

from msgspec import Struct


class Calibration(Struct, frozen=True):
    """Effective °F = m x device °F + b, one pair per depth (top first)."""

    m: tuple[float, float, float] = (1.0, 1.0, 1.0)
    b: tuple[float, float, float] = (0.0, 0.0, 0.0)


class Tank(Struct, frozen=True, kw_only=True):
    """One 120-gallon tank with a three-depth Wi-Fi sensor module (Pico)."""

    name: str
    hw_uid: str | None
    capture_period_s: int = 60
    samples: int = 1000
    num_sample_averages: int = 30
    async_delta_uv: int = 2000
    thermistor_beta: int = 3977
    send_micro_volts: bool = True
    sensor_order: tuple[int, int, int] | None = None
    serial_number: str = "NA"
    enabled: bool = True
    calibration: Calibration = Calibration()
    component_id: str = ""


class FlowModule(Struct, frozen=True, kw_only=True):
    """One Wi-Fi pulse flow meter (Pico): `kind` is "hall" or "reed", `node` is also its gpm channel."""

    node: str
    kind: str
    hw_uid: str | None
    gallons_per_tick: float
    async_threshold_gpm_x100: int
    no_flow_ms: int
    publish_empty_after_s: int
    """Hall: PublishEmptyTicklistAfterS; reed: PublishAnyTicklistAfterS."""
    publish_period_s: int | None
    """Hall only: PublishTicklistPeriodS."""
    publish_length: int | None
    """Reed only: PublishTicklistLength."""
    exp_alpha: float
    capture_period_s: int = 300
    send_hz: bool = True
    send_tick_lists: bool = False
    """The ATN gets the lists themselves too."""
    meter_type: str = ""
    serial_number: str = "NA"
    enabled: bool = True
    component_id: str = ""


class Thermistor(Struct, frozen=True):
    """A 10 kΩ NTC on the pipe board: channel name and screw terminal 1 to 12."""

    channel: str
    terminal: int


class PipeBoard(Struct, frozen=True, kw_only=True):
    """The TSnap board: up to three ADS1115, four terminals each in address order."""

    node: str
    addresses: tuple[int, ...]
    supply_v: float
    thermistors: tuple[Thermistor, ...]
    component_id: str = ""


class BtuMeter(Struct, frozen=True, kw_only=True):
    """One heat meter of a circuit (Pico): flow, hot and cold pipe, perhaps a current transformer."""

    node: str
    hw_uid: str | None
    flow: str
    """Channel of the flow, gpm."""
    hot: str
    cold: str
    ct: str | None
    """Channel of the current transformer, volts; None where none is fitted."""
    gallons_per_pulse: float = 0.0009
    thermistor_beta: int = 3977
    async_delta_gpm_x100: int = 10
    async_delta_c_x100: int = 20
    async_delta_ct_v_x100: int = 20
    capture_period_s: int = 300
    meter_type: str = "SAIER__SENHZG1WA"
    serial_number: str = "NA"
    enabled: bool = True
    component_id: str = ""


class Probe(Struct, frozen=True):
    """A DS18B20 on the 1-wire bus: channel name and its number, 28-0123456789ab."""

    channel: str
    rom: str


class MeterRegister(Struct, frozen=True):
    """A power channel and where the meter keeps it: an f32 register pair.

    `address` of an eGauge is the number in its own list minus 30000; `scale_w`: one unit of it in W.
    """

    channel: str
    address: int
    scale_w: float = 1.0


class PowerMeter(Struct, frozen=True, kw_only=True):
    """The Modbus power meter: `kind` tcp on the network, or rtu on a serial line."""

    node: str
    make_model: str
    host: str
    port: int
    unit_id: int
    hw_uid: str | None
    poll_period_ms: int
    registers: tuple[MeterRegister, ...]
    kind: str = "tcp"
    function: int = 4
    """Modbus function its registers are read with: 3 or 4."""
    serial_port: str = ""
    """rtu: the device, best by its /dev/serial/by-id path."""
    baud: int = 9600
    parity: str = "none"
    component_id: str = ""

    @property
    def place(self) -> str:
        """Where it is, for sentences: host and port, or the serial device and its speed."""
        if self.kind == "tcp":
            return f"{self.host}:{self.port}"
        return f"{self.serial_port} ({self.baud} baud)"


class Hub(Struct, frozen=True, kw_only=True):
    """The Hubitat hub that speaks for the thermostats: it posts events to /<mac with hyphens>."""

    node: str
    host: str
    mac: str
    maker_api_id: int
    port: int = 80
    """Where the Maker API is asked."""
    component_id: str = ""
