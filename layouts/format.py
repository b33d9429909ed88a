"""What may stand in a layout file: every table, every key, its bounds and what it means."""

from __future__ import annotations

from layouts.forms import Key

_COMPONENT = "id of the component on the wire; made from the name where it is not given."
_ID = Key("id", "uuid4", "id on the wire; made from the name where it is not given.")
_SHOWN = "name shown to people."
_PICO = "serial of the Wi-Fi module; without it the first module that calls under this name is taken."
_S, _MS = 86_400, 3_600_000

HOUSE = (
    Key("display", "text", "the name of the house shown to people.", "", required=True, lo=1),
    Key("manifold", "choice", "the plumbing: with a Siegenthaler valve (House0Sieg) or without.",
        "House0", choices=("House0", "House0Sieg")),
    Key("use_sieg_loop", "flag", "whether the control moves the Siegenthaler valve.", False),
    Key("boiler", "flag", "whether an oil boiler hangs on relay 8; if not, that contact is jumpered to the "
        "heat pump.", False, required=True),
)  # fmt: skip
LTN = (
    Key("alias", "alias", "the identity on the grid, as registered with GridWorks.", required=True),
    Key("display", "text", _SHOWN),
    _ID,
)
GNODE = (Key("alias", "alias", "the alias of [gnodes.ltn] and '.scada' or '.ta'."), *LTN[1:])
ZONE = (
    Key("index", "whole", "the number of the zone, 1 to 6, without gaps.", required=True, lo=1, hi=6),
    Key("critical", "flag", "whether every heat source helps when this zone is cold.", required=True),
    Key("kwh_per_deg_f", "number", "heat the zone stores per °F of room temperature, kWh.", 1.0,
        required=True, lo=0.01, hi=100),
    Key("hub_device_id", "whole", "the thermostat's device number on the hub.", required=True,
        lo=1, hi=1_000_000),
    Key("display", "text", _SHOWN),
    Key("stat_component_id", "uuid4", _COMPONENT),
)  # fmt: skip
RELAY = (
    Key("index", "whole", "the number of the relay on the boards, 1 to 32.", required=True, lo=1, hi=32),
    Key("display", "text", _SHOWN),
)
ZERO_TEN = (
    Key("output_idx", "whole", "the terminal: 1 and 2 on the first board, 3 and 4 on the second.",
        required=True, lo=1, hi=4),
    Key("default_v", "number", "volts in normal operation, in steps of 0.1; 0 V stops the pump.", 1.0,
        required=True, lo=0, hi=10),
    Key("display", "text", _SHOWN),
)  # fmt: skip
TANK = (
    Key("hw_uid", "pico", _PICO),
    Key("capture_period_s", "whole", "seconds between two posts of all three depths.", 60, lo=5, hi=3600),
    Key("samples", "whole", "raw readings per average.", 1000, lo=1, hi=10_000),
    Key("num_sample_averages", "whole", "averages per measurement.", 30, lo=1, hi=1000),
    Key("async_delta_uv", "whole", "microvolts of change that are posted at once.", 2000, lo=1, hi=1_000_000),
    Key("thermistor_beta", "whole", "beta of the thermistors, K.", 3977, lo=1000, hi=10_000),
    Key("send_micro_volts", "flag", "whether the raw voltages are reported too.", True),
    Key("sensor_order", "order", "which depth hangs on input 1, 2, 3, where they were mixed up."),
    Key("serial_number", "text", "serial number of the module.", "NA"),
    Key("enabled", "flag", "whether the module is answered.", True),
    Key("calibration_m", "three", "effective °F = m x device °F + b, per depth.", (1.0, 1.0, 1.0),
        lo=0.5, hi=2),
    Key("calibration_b", "three", "effective °F = m x device °F + b, per depth.", (0.0, 0.0, 0.0),
        lo=-50, hi=50),
    Key("component_id", "uuid4", _COMPONENT),
)  # fmt: skip
FLOW = (
    Key("kind", "choice", "hall (fast pulses) or reed (slow pulses).", "reed", required=True,
        choices=("hall", "reed")),
    Key("hw_uid", "pico", _PICO),
    Key("meter_type", "text", "make and model of the flow meter."),
    Key("gallons_per_tick", "number", "gallons per pulse.", lo=0.00001, hi=10),
    Key("async_threshold_gpm_x100", "whole", "change reported at once, gpm x 100.", lo=1, hi=10_000),
    Key("no_flow_ms", "whole", "no pulse for so long means no flow.", lo=1, hi=_MS),
    Key("publish_empty_after_s", "whole", "without pulses the module posts after this time.", lo=1, hi=3600),
    Key("publish_period_s", "whole", "hall: seconds between posts.", lo=1, hi=3600),
    Key("publish_length", "whole", "reed: pulses per post.", lo=1, hi=10_000),
    Key("exp_alpha", "number", "smoothing: weight of the newest value.", lo=0.001, hi=1),
    Key("capture_period_s", "whole", "seconds between two reports without change.", 300, lo=1, hi=_S),
    Key("send_hz", "flag", "whether the pulse frequency is reported too.", True),
    Key("send_tick_lists", "flag", "whether the ATN also gets the time of every pulse, while its link is up.",
        False),
    Key("serial_number", "text", "serial number of the module.", "NA"),
    Key("enabled", "flag", "whether the module is answered.", True),
    Key("component_id", "uuid4", _COMPONENT),
)  # fmt: skip
BTU = (
    Key("hw_uid", "pico", _PICO),
    Key("flow", "name", "channel of the flow, where it is not the circuit's own (dist-flow of dist-btu)."),
    Key("hot", "name", "channel of the hot pipe, where it is not the circuit's own."),
    Key("cold", "name", "channel of the cold pipe, where it is not the circuit's own."),
    Key("read_ct", "flag", "whether a current transformer is fitted; its channel is <name>-ct.", False),
    Key("meter_type", "text", "make and model of the flow meter.", "SAIER__SENHZG1WA"),
    Key("gallons_per_pulse", "number", "gallons per pulse.", 0.0009, lo=0.00001, hi=10),
    Key("thermistor_beta", "whole", "beta of the thermistors, K.", 3977, lo=1000, hi=10_000),
    Key("async_delta_gpm_x100", "whole", "change of flow posted at once, gpm x 100.", 10, lo=1, hi=10_000),
    Key("async_delta_c_x100", "whole", "change of temperature posted at once, °C x 100.", 20, lo=1, hi=1000),
    Key("async_delta_ct_v_x100", "whole", "change of the transformer's volts posted at once, V x 100.", 20,
        lo=1, hi=1000),
    Key("capture_period_s", "whole", "seconds between two posts of everything.", 300, lo=5, hi=3600),
    Key("serial_number", "text", "serial number of the module.", "NA"),
    Key("enabled", "flag", "whether the module is answered.", True),
    Key("component_id", "uuid4", _COMPONENT),
)  # fmt: skip
PROBE = Key("rom", "rom", "the number printed by the probe: channel = '28-0123456789ab'.")
PIPES = (
    Key("addresses", "addresses", "I2C addresses of the ADS1115 chips: terminals 1 to 4, 5 to 8, 9 to 12.",
        (0x4B, 0x49, 0x48), lo=0x48, hi=0x4B),
    Key("supply_v", "number", "volts on the thermistor dividers.", 4.85, lo=4.5, hi=5.5),
    Key("component_id", "uuid4", _COMPONENT),
)  # fmt: skip
TERMINAL = Key("terminal", "whole", "the screw terminal, 1 to 12.", lo=1, hi=12)
METER = (
    Key("make_model", "choice", "EGAUGE__4030, GRIDWORKS__SIMPM1 for the simulated meter, or a serial meter.",
        "EGAUGE__4030", required=True,
        choices=("EGAUGE__4030", "GRIDWORKS__SIMPM1", "SCHNEIDERELECTRIC__IEM3455")),
    Key("kind", "choice", "tcp: on the network. rtu: on a serial line (RS-485).", "tcp",
        choices=("tcp", "rtu")),
    Key("host", "host", "tcp: name or address of the meter, for example 'eGauge14875.local'.", ""),
    Key("port", "whole", "tcp: Modbus TCP port.", 502, lo=1, hi=65_535),
    Key("serial_port", "file", "rtu: the serial device; take its path under /dev/serial/by-id, which stays "
        "the same when it is plugged in anew.", ""),
    Key("baud", "whole", "rtu: bits per second.", 9600, lo=1200, hi=115_200),
    Key("parity", "choice", "rtu: parity of the line; always 8 data bits and 1 stop bit.", "none",
        choices=("none", "even", "odd")),
    Key("function", "whole", "Modbus function the registers are read with: 3 or 4.", 4, lo=3, hi=4),
    Key("unit_id", "whole", "Modbus unit.", 1, lo=0, hi=255),
    Key("hw_uid", "text", "serial number the meter should report."),
    Key("poll_period_ms", "whole", "milliseconds between two polls.", 1000, lo=200, hi=60_000),
    Key("component_id", "uuid4", _COMPONENT),
)  # fmt: skip
REGISTER = (
    Key("address", "whole", "the register: of an eGauge the number in its own list, minus 30000.",
        required=True, lo=0, hi=65_534),
    Key("scale_w", "number", "one unit of the register in W: 1000 where the meter counts in kW.", 1.0,
        lo=0.001, hi=1_000_000),
    Key("nameplate_w", "whole", "nameplate power of what is metered, W.", lo=1, hi=1_000_000),
    Key("in_power_metering", "flag", "whether it counts in the power the house answers for; where nothing is "
        "said, the heat pump does."),
)  # fmt: skip
HUB = (
    Key("host", "host", "name or address of the hub.", "", required=True),
    Key("mac", "mac", "its MAC address; the hub posts to it.", "", required=True),
    Key("maker_api_id", "whole", "number of the Maker API app on the hub.", 1, required=True,
        lo=1, hi=1_000_000),
    Key("port", "whole", "port of the Maker API.", 80, lo=1, hi=65_535),
    Key("component_id", "uuid4", _COMPONENT),
)  # fmt: skip
BOARDS = (
    Key("relays", "addresses", "I2C addresses of the relay boards: relays 1 to 16, then 17 to 32.",
        (0x20, 0x21), lo=0x20, hi=0x27),
    Key("zero_ten", "addresses", "I2C addresses of the 0-10 V boards: outputs 1 and 2, then 3 and 4.",
        (0x5E, 0x5F), lo=0x58, hi=0x5F),
    Key("relay_component_id", "uuid4", _COMPONENT),
    Key("zero_ten_component_id", "uuid4", _COMPONENT),
)  # fmt: skip
NODE = (
    _ID,
    Key("display", "text", _SHOWN),
    Key("handle", "handle", "its place in the command tree at start."),
    Key(
        "runs_on",
        "choice",
        "s2: this device hangs on the second computer (tanks, flow modules, power-meter, "
        "analog-temp; hubitat with all its thermostats). Relays and 0-10 V outputs stay with the primary.",
        "s",
        choices=("s", "s2"),
    ),
)
CHANNEL = (
    _ID,
    Key("display", "text", _SHOWN),
    Key("about", "name", "the node that is measured."),
    Key("captured_by", "name", "the node that measures; only to say so, the device decides it."),
    Key("capture_period_s", "whole", "seconds between two reports without change.", lo=1, hi=_S),
    Key("async_capture", "flag", "whether changes are reported at once.", True),
    Key("async_delta", "whole", "change that is reported at once, in the channel's whole number.",
        lo=1, hi=1_000_000_000),
    Key("stale_s", "whole", "older than this is unknown.", lo=1, hi=_S),
)  # fmt: skip

TABLES: dict[str, tuple[str, tuple[Key, ...]]] = {
    "house": ("what kind of house it is", HOUSE),
    "gnodes.ltn": ("the identity of the house on the grid", LTN),
    "gnodes.NAME": ("optional: scada and ta, the identities under it", GNODE),
    "zones.NAME": ("the heated zones", ZONE),
    "relays.NAME": ("the relays", RELAY),
    "zero_tens.NAME": ("the 0-10 V outputs", ZERO_TEN),
    "boards": ("the addresses of the boards", BOARDS),
    "tanks.NAME": ("the tanks and their sensor modules", TANK),
    "flows.NAME": ("the flow modules", FLOW),
    "btus.NAME": ("optional: the heat meters", BTU),
    "probes": ("optional: the 1-wire probes: channel = number of the probe", (PROBE,)),
    "pipes": ("the pipe thermistor board", PIPES),
    "pipes.thermistors": ("the thermistors: channel = screw terminal", (TERMINAL,)),
    "meter": ("the power meter", METER),
    "meter.registers.NAME": ("the channels the meter measures", REGISTER),
    "hub": ("the hub that speaks for the thermostats", HUB),
    "nodes.NAME": ("optional: say more of a node", NODE),
    "channels.NAME": ("optional: say more of a channel", CHANNEL),
}
"""Every table of a layout file; NAME stands for a name of your own or of the catalogue."""
