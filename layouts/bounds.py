"""Every key of `config.toml`: its form, its bounds and one sentence on what it does.

The bounds of [limits] only go one way: a site may be stricter than the limits compiled into the governor,
never laxer. Defaults stand in `layouts/settings.py`.
"""

from __future__ import annotations

from layouts.forms import Key

_PORT_HI = 65_535
_DAY_S = 86_400

_SITE = (
    Key("layout", "file", "Which house this is: a name (layouts/<name>.toml) or the path of a layout file.",
        lo=1),
    Key("mode", "choice", "Heating, or MonitorOnly: nothing is commanded, wall thermostats and aquastat are "
        "in charge.", choices=("Heating", "MonitorOnly")),
    Key("role", "choice", "primary, or secondary: the second computer of a house, which only measures.",
        choices=("primary", "secondary")),
    Key("time_zone", "time zone", "Where the clock of the tariff ticks."),
    Key("latitude", "number", "Degrees north, for the weather forecast.", lo=-90, hi=90),
    Key("longitude", "number", "Degrees east (west is negative), for the weather forecast.", lo=-180, hi=180),
)  # fmt: skip
_LOOP = (Key("tick_ms", "whole", "Milliseconds from one look at the house to the next.", lo=20, hi=1000),)
_TARIFF = (
    Key("peaks", "peaks", "Dear hours, Monday to Friday, local time: [from, to] pairs."),
    Key("lead_s", "whole", "Seconds by which a peak begins early for us.", lo=0, hi=1800),
    Key("holidays", "days", "Days without dear hours."),
)
_HEAT_PUMP = (
    Key("model", "choice", "The installed heat pump; also picks the defrost rule.",
        choices=("LgHighTempHydroKitPlusMultiV", "SamsungFourTonneHydroKit", "SamsungFiveTonneHydroKit",
                 "MitsubishiEcodan")),
    Key("pump_delay_s", "whole", "Seconds from the call until the unit starts its primary pump (LG 120, "
        "others 0).", lo=0, hi=600),
    Key("idle_w", "number", "Watts below which the compressor is off.", lo=0, hi=5000),
    Key("running_w", "number", "Watts above which the compressor runs.", lo=50, hi=20_000),
    Key("buffer_below_f", "number", "Off: the buffer counts as empty so far below the water the coming hours "
        "need, °F.", lo=0, hi=15),
    Key("buffer_span_f", "number", "On: the buffer is heated so far above empty, °F; 5 where hot water "
        "costs COP.", lo=2, hi=40),
)  # fmt: skip
_HOUSE_MODEL = (
    Key("alpha", "number", "Heat load at 0 °F outdoors, kW.", lo=0.1, hi=50),
    Key("beta", "number", "Change of heat load per °F outdoors, kW; negative.", lo=-1, hi=-0.001),
    Key("gamma", "number", "Heat load per mph of wind and °F below 65, kW.", lo=0, hi=0.1),
    Key("intermediate_power_kw", "number", "Heat load on a mild day, kW.", lo=0.1, hi=50),
    Key("intermediate_rswt_f", "number", "Supply water needed on that day, °F.", lo=60, hi=200),
    Key("dd_power_kw", "number", "Heat load on the design day, kW.", lo=0.1, hi=50),
    Key("dd_rswt_f", "number", "Supply water needed on the design day, °F.", lo=60, hi=200),
    Key("dd_delta_t_f", "number", "Drop from supply to return on the design day, °F.", lo=1, hi=60),
    Key("hp_max_kw_el", "number", "Electric power of the heat pump at full load, kW.", lo=0.5, hi=50),
    Key("max_ewt_f", "number", "Warmest water that may enter the heat pump, °F.", lo=90, hi=170),
    Key("load_overestimation_percent", "number", "Plan for this much more load than the model says.",
        lo=0, hi=100),
    Key("cop_intercept", "number", "COP = intercept + oat x outdoor °F + lwt x leaving water °F.",
        lo=-10, hi=10),
    Key("cop_oat_coeff", "number", "COP per °F outdoors.", lo=-1, hi=1),
    Key("cop_lwt_coeff", "number", "COP per °F of leaving water.", lo=-1, hi=1),
    Key("cop_min", "number", "COP in deep cold.", lo=0.5, hi=10),
    Key("cop_min_oat_f", "number", "Below this outdoor temperature, °F, the COP is cop_min.", lo=-40, hi=60),
    Key("hp_turn_on_minutes", "number", "Minutes from the call to full heat.", lo=0, hi=60),
)  # fmt: skip
_LIMITS = (
    Key("compressor_min_on_s", "whole", "The compressor runs at least this long, s.", lo=600, hi=7200),
    Key("compressor_min_off_s", "whole", "The compressor rests at least this long, s.", lo=300, hi=7200),
    Key("compressor_starts_per_hour", "whole", "Most starts of the compressor in any hour.", lo=1, hi=4),
    Key("start_delay_max_s", "whole", "After a boot or a power cut the first start waits a random time up to "
        "this, s.", lo=0, hi=300),
    Key("lwt_max_c", "number", "Leaving water above this trips the heat pump off, °C.", lo=35, hi=90),
    Key("tank_max_c", "number", "No tank is charged above this, °C.", lo=35, hi=90),
    Key("room_floor_f", "number", "Below this room temperature, °F, every heat source works, whatever the "
        "contract.", lo=55, hi=59),
)  # fmt: skip
_COMFORT = (
    Key("below_setpoint_f", "number", "A critical zone this much below its setpoint, °F, counts as cold.",
        lo=0.2, hi=5),
    Key("cold_hold_s", "whole", "For so long it must be cold before the house acts, s.", lo=0, hi=3600),
    Key("oil_boiler_backup", "flag", "Use the boiler as backup where the layout has one."),
)  # fmt: skip
_PEER = (
    Key("enabled", "flag", "Whether this broker is spoken to at all."),
    Key("host", "host", "Name or address of the broker."),
    Key("port", "whole", "Port of the broker; 0 is 8883 with TLS and 1883 without.", lo=0, hi=_PORT_HI),
    Key("tls", "flag", "Encrypt; only a broker on this computer may be spoken to in the clear."),
    Key("username", "text", "Name at the broker; empty for none."),
    Key("password_file", "file", "File that holds the password, readable by this program alone."),
    Key("ca_file", "file", "Certificate authority of the broker; empty: those of the system."),
    Key("cert_file", "file", "Our certificate; empty for none."),
    Key("key_file", "file", "Its key, readable by this program alone."),
)
_ADMIN_LEASE = (
    Key(
        "default_lease_s",
        "whole",
        "So long a person holds the house who asks for no time, s; at most max_lease_s.",
        lo=60,
        hi=_DAY_S,
    ),
    Key("max_lease_s", "whole", "Longest time a person may hold the house, s.", lo=60, hi=_DAY_S),
)
_PAGE = (
    Key("enabled", "flag", "Whether the page and its API are served; both are read-only."),
    Key("listen", "address", "Address the page is served on; another than this computer's own needs "
        "token_file."),
    Key("port", "whole", "Port of the page; 0 lets the system choose.", lo=0, hi=_PORT_HI),
    Key("token_file", "file", "File with the token a visitor must show, readable by this program alone."),
)  # fmt: skip
_DEVICES = (
    Key("enabled", "flag", "Whether Wi-Fi sensor modules and the hub are listened to."),
    Key("listen", "address", "Address they reach us on; '0.0.0.0' for the house network."),
    Key("port", "whole", "Port the modules were set up with; 0 lets the system choose.", lo=0, hi=_PORT_HI),
)
_HUB = (
    Key("token_file", "file", "File with the access token of the Maker API, readable by this program alone; "
        "empty: the hub is never asked, it only tells."),
    Key("poll_s", "whole", "A thermostat not heard of for so long is asked for, s.", lo=60, hi=3600),
)  # fmt: skip
_GPIO = (
    Key("enabled", "flag", "Whether the pin header of this computer is used."),
    Key("heartbeat_pin", "whole", "Output that changes with every good tick, for a dead-man on the relay "
        "supply; 0 for none. Broadcom numbers.", lo=0, hi=27),
    Key("light_pin", "whole", "Output of the status light; 0 for none.", lo=0, hi=27),
    Key("switch_pin", "whole", "Input of the switch on the cabinet, closed to ground for 'home'; 0 for none.",
        lo=0, hi=27),
)  # fmt: skip
_STORE = (
    Key("folder", "file", "Folder for what must survive a restart.", lo=1),
    Key("max_bytes", "whole", "Most bytes it may hold; the oldest unsent readings are thinned beyond.",
        lo=10_000_000, hi=50_000_000_000),
)  # fmt: skip
_REPORT = (
    Key("snapshot_s", "whole", "Seconds between two snapshots sent.", lo=5, hi=300),
    Key("report_s", "whole", "Seconds between two reports sent.", lo=60, hi=3600),
    Key("power_change_fraction", "number", "Power is told at once when it moves by this part of nameplate.",
        lo=0.001, hi=1),
)  # fmt: skip
_WEATHER = (
    Key("source", "choice", "Where the forecast comes from: the simulated house, the national weather "
        "service, a CSV file, or the coldest of the month.",
        choices=("twin", "nws", "csv", "coldest-of-month")),
    Key("csv_file", "file", "The CSV file: utc, oat_f and perhaps wind_mph."),
    Key("contact", "text", "What the weather service is told of us: an e-mail address or a page."),
)  # fmt: skip
_HARDWARE = (
    Key("bus", "choice", "twin: a simulated house stands behind the buses. real: boards, meter and modules.",
        choices=("twin", "real")),
    Key("i2c_number", "whole", "The I2C bus of the boards: /dev/i2c-<number>.", lo=0, hi=20),
)  # fmt: skip
_TWIN = (
    Key("seed", "whole", "Seed of the simulated house's noise.", lo=0, hi=2**31 - 1),
    Key("heat_pump", "choice", "The simulated heat pump.", choices=("lg_ht", "ecodan")),
    Key("weather_csv", "file", "Weather of the simulated house; empty: it makes its own."),
    Key("tank_start_f", "number", "Temperature of all tanks at the start, °F.", lo=60, hi=170),
    Key("room_start_f", "number", "Temperature of all rooms at the start, °F.", lo=40, hi=85),
)
_LOG = (
    Key("level", "choice", "What goes to stderr.", choices=("debug", "info", "warning", "error")),
)  # fmt: skip

BOUNDS: dict[str, tuple[str, tuple[Key, ...]]] = {
    "site": ("Which house this is and how it is run.", _SITE),
    "loop": ("The tick.", _LOOP),
    "tariff": ("When electricity is dear.", _TARIFF),
    "heat_pump": ("The heat pump.", _HEAT_PUMP),
    "house_model": ("What the house needs; the ATN may tune these later.", _HOUSE_MODEL),
    "limits": ("Limits of the governor; stricter than built in is allowed, laxer is not.", _LIMITS),
    "comfort": ("What counts as cold.", _COMFORT),
    "upstream": ("The broker of the ATN (the cloud).", _PEER),
    "admin": ("The broker of the admin program, on the house network.", _PEER),
    "admin_lease": ("How long a person may hold the house.", _ADMIN_LEASE),
    "local": ("The broker of the second computer and of home automation.", _PEER),
    "page": ("The page to watch the house, and its API.", _PAGE),
    "devices": ("The listener for Wi-Fi sensor modules and the hub.", _DEVICES),
    "hub": ("Asking the hub for a thermostat that has not spoken for long.", _HUB),
    "gpio": ("Heartbeat, light and switch on the pin header.", _GPIO),
    "store": ("What must survive a restart.", _STORE),
    "report": ("How often the ATN hears of us.", _REPORT),
    "weather": ("The weather forecast.", _WEATHER),
    "hardware": ("The buses.", _HARDWARE),
    "twin": ("The simulated house, used only with bus = \"twin\".", _TWIN),
    "log": ("What goes to stderr.", _LOG),
}  # fmt: skip
"""Table of `config.toml` -> what it is for, and its keys in the order they are shown."""

SECRET_FILES = frozenset({"password_file", "key_file", "token_file"})
"""Keys that name a file nobody else may read."""
