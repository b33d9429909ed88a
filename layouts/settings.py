"""Site settings: what `config.toml` may say, with the value used where it says nothing.

One struct per table of the file. Units stand last in names. Bounds are in `layouts/bounds.py`, reading the
file is `layouts/config.py`. No field ever holds a secret: secrets live in files that are named here.
"""

from __future__ import annotations

from msgspec import Struct


class Site(Struct, frozen=True):
    """[site]: which house this is and how it is run."""

    layout: str = "orange"
    """A name (layouts/<name>.toml) or a path to a layout file."""
    mode: str = "Heating"
    """`Heating`, or `MonitorOnly`: nothing is commanded, wall thermostats and aquastat are in charge."""
    role: str = "primary"
    """`primary`, or `secondary`: this is the second computer, which only measures for the primary."""
    time_zone: str = "America/New_York"
    latitude: float = 45.6573
    longitude: float = -68.7098


class Loop(Struct, frozen=True):
    """[loop]: the tick."""

    tick_ms: int = 100
    """20 to 1000 in real time; house time."""


class Tariff(Struct, frozen=True):
    """[tariff]: when electricity is dear, local wall time."""

    peaks: tuple[tuple[int, int], ...] = ((7, 12), (16, 20))
    """Half-open hour ranges, Monday to Friday."""
    lead_s: int = 120
    """A peak begins this much early for us."""
    holidays: tuple[str, ...] = ()
    """ISO dates without a peak."""


class HeatPump(Struct, frozen=True):
    """[heat_pump]: the installed model."""

    model: str = "LgHighTempHydroKitPlusMultiV"
    """As `hp.model` on the wire; also picks the defrost rule."""
    pump_delay_s: int = 120
    """The unit starts its primary pump this long after the call (LG 120, others 0)."""
    idle_w: float = 500.0
    """Below this the compressor is off."""
    running_w: float = 1200.0
    """Above this the compressor runs."""
    buffer_below_f: float = 5.0
    """The buffer counts as empty this much below the water the coming hours need: walls hold a room."""
    buffer_span_f: float = 15.0
    """Once on, the heat pump heats the buffer's bottom this far above empty, for fewer starts. Small (5) for
    units whose COP falls with water temperature."""


class HouseModel(Struct, frozen=True):
    """[house_model]: starting values of the parameters the ATN may tune (`ha1.params`)."""

    alpha: float = 5.23
    beta: float = -0.092
    gamma: float = 0.0
    intermediate_power_kw: float = 1.5
    intermediate_rswt_f: float = 86.0
    dd_power_kw: float = 5.5
    dd_rswt_f: float = 119.0
    dd_delta_t_f: float = 10.7
    hp_max_kw_el: float = 9.66
    max_ewt_f: float = 170.0
    load_overestimation_percent: float = 0.0
    cop_intercept: float = 1.02
    cop_oat_coeff: float = 0.0257
    cop_lwt_coeff: float = 0.0
    cop_min: float = 1.4
    cop_min_oat_f: float = 15.0
    hp_turn_on_minutes: float = 12.0


class Limits(Struct, frozen=True):
    """[limits]: the governor's site values; each may only be stricter than the compiled bound."""

    compressor_min_on_s: int = 900
    compressor_min_off_s: int = 600
    compressor_starts_per_hour: int = 4
    start_delay_max_s: int = 300
    lwt_max_c: float = 88.0
    tank_max_c: float = 90.0
    room_floor_f: float = 55.0
    """Below this every heat source works, whatever the contract (12.8 °C)."""


class Comfort(Struct, frozen=True):
    """[comfort]: what "too cold" means before the floor."""

    below_setpoint_f: float = 1.0
    """A critical zone this much under its setpoint counts as cold."""
    cold_hold_s: int = 300
    oil_boiler_backup: bool = True
    """Use the boiler as backup where the layout has one."""


class Peer(Struct, frozen=True):
    """[upstream], [admin], [local]: one MQTT broker each."""

    enabled: bool = True
    host: str = "127.0.0.1"
    port: int = 0
    """0: 8883 with TLS, 1883 without."""
    tls: bool = True
    """Only a loopback broker may be spoken to in the clear."""
    username: str = ""
    password_file: str = ""
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""


class Admin(Struct, frozen=True):
    """[admin_lease]: how long a person may hold the house."""

    default_lease_s: int = 86_400
    """The admin program asks for no time when it means the longest."""
    max_lease_s: int = 86_400


class Page(Struct, frozen=True):
    """[page]: the read-only page and API."""

    enabled: bool = True
    listen: str = "127.0.0.1"
    port: int = 8080
    token_file: str = ""
    """Needed as soon as `listen` is not loopback."""


class Devices(Struct, frozen=True):
    """[devices]: the listener for Wi-Fi sensor modules and the hub."""

    enabled: bool = True
    listen: str = "127.0.0.1"
    port: int = 8000


class HubAccess(Struct, frozen=True):
    """[hub]: asking the hub for a thermostat that has not spoken for long."""

    token_file: str = ""
    """File with the access token of the Maker API; empty: the hub is never asked."""
    poll_s: int = 300
    """A thermostat not heard of for so long is asked for."""


class Gpio(Struct, frozen=True):
    """[gpio]: lines of the computer's own pin header, by Broadcom number; 0: not wired."""

    enabled: bool = False
    heartbeat_pin: int = 0
    """Output that changes with every good tick, for a hardware dead-man on the relay supply."""
    light_pin: int = 0
    """Output of the status light."""
    switch_pin: int = 0
    """Input of the switch on the cabinet, closed to ground for `home`."""


class Store(Struct, frozen=True):
    """[store]: what must survive."""

    folder: str = "var"
    max_bytes: int = 524_288_000


class Report(Struct, frozen=True):
    """[report]: how often the ATN hears of us."""

    snapshot_s: int = 30
    report_s: int = 300
    power_change_fraction: float = 0.02


class WeatherSource(Struct, frozen=True):
    """[weather]: where the forecast comes from: `twin`, `nws`, `csv` or `coldest-of-month`."""

    source: str = "twin"
    csv_file: str = ""
    contact: str = ""
    """What the national weather service is told of us: an e-mail address or a page."""


class Hardware(Struct, frozen=True):
    """[hardware]: the buses: `twin`, or the real ones."""

    bus: str = "twin"
    """`twin`: a simulated house stands behind the buses. `real`: /dev/i2c-<n> and the network."""
    i2c_number: int = 1


class Twin(Struct, frozen=True):
    """[twin]: the simulated house, read only when `hardware.bus` is `twin`."""

    seed: int = 1
    heat_pump: str = "lg_ht"
    """`lg_ht` or `ecodan`."""
    weather_csv: str = ""
    tank_start_f: float = 115.0
    room_start_f: float = 68.0


class Log(Struct, frozen=True):
    """[log]: what goes to stderr."""

    level: str = "info"


class Settings(Struct, frozen=True, kw_only=True):
    """The whole of `config.toml`."""

    file: str = ""
    """Where it was read from; empty: built-in values."""
    site: Site = Site()
    loop: Loop = Loop()
    tariff: Tariff = Tariff()
    heat_pump: HeatPump = HeatPump()
    house_model: HouseModel = HouseModel()
    limits: Limits = Limits()
    comfort: Comfort = Comfort()
    upstream: Peer = Peer(tls=False)
    admin: Peer = Peer(enabled=False, tls=False)
    admin_lease: Admin = Admin()
    local: Peer = Peer(enabled=False, tls=False)
    page: Page = Page()
    devices: Devices = Devices()
    hub: HubAccess = HubAccess()
    gpio: Gpio = Gpio()
    store: Store = Store()
    report: Report = Report()
    weather: WeatherSource = WeatherSource()
    hardware: Hardware = Hardware()
    twin: Twin = Twin()
    log: Log = Log()
