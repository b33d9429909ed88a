"""The settings of the reference program and where they stand in ours: one table, and its reader.

Source: ScadaSettings of gridworks-scada (environment prefix SCADA_, nested with __), its MQTT client and TLS
settings, their defaults for certificate paths.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct

from layouts.bounds import BOUNDS
from layouts.config import toml_value
from layouts.forms import check

PREFIX = "SCADA_"
MAX_LINES = 2_000
SECRET_WORDS = ("PASSWORD", "TOKEN", "SECRET")

Convert = Callable[[str], object]


def _flag(text: str) -> object:
    return {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False,
            "off": False}.get(text.lower(), text)  # fmt: skip


def _whole(text: str) -> object:
    try:
        return int(float(text)) if float(text).is_integer() else text
    except ValueError:
        return text


def _number(text: str) -> object:
    try:
        return float(text)
    except ValueError:
        return text


class Place(Struct, frozen=True):
    """Where an old setting stands in `config.toml`."""

    table: str
    key: str
    convert: Convert = str


_BROKER: dict[str, tuple[str, Convert]] = {
    "HOST": ("host", str),
    "PORT": ("port", _whole),
    "USERNAME": ("username", str),
    "TLS__USE_TLS": ("tls", _flag),
    "TLS__PORT": ("port", _whole),
}
_MODEL: dict[str, str] = {
    "ALPHA": "alpha",
    "BETA": "beta",
    "GAMMA": "gamma",
    "INTERMEDIATE_POWER": "intermediate_power_kw",
    "INTERMEDIATE_RSWT": "intermediate_rswt_f",
    "DD_POWER": "dd_power_kw",
    "DD_RSWT": "dd_rswt_f",
    "DD_DELTA_T": "dd_delta_t_f",
    "HP_MAX_KW_EL": "hp_max_kw_el",
    "MAX_EWT_F": "max_ewt_f",
    "LOAD_OVERESTIMATION_PERCENT": "load_overestimation_percent",
    "COP_INTERCEPT": "cop_intercept",
    "COP_OAT_COEFF": "cop_oat_coeff",
    "COP_LWT_COEFF": "cop_lwt_coeff",
    "COP_MIN": "cop_min",
    "COP_MIN_OAT_F": "cop_min_oat_f",
    "HP_TURN_ON_MINUTES": "hp_turn_on_minutes",
}
CLIENTS = {"GRIDWORKS_MQTT": "upstream", "LOCAL_MQTT": "local", "ADMIN": "admin"}
"""Broker of the reference program -> ours."""

PLACES: dict[str, Place] = {
    **{
        f"{client}__{word}": Place(table, key, convert)
        for client, table in CLIENTS.items()
        for word, (key, convert) in _BROKER.items()
    },
    **{word: Place("house_model", key, _number) for word, key in _MODEL.items()},
    "ADMIN__ENABLED": Place("admin", "enabled", _flag),
    "ADMIN__MAX_TIMEOUT_SECONDS": Place("admin_lease", "max_lease_s", _whole),
    "SECONDS_PER_REPORT": Place("report", "report_s", _whole),
    "SECONDS_PER_SNAPSHOT": Place("report", "snapshot_s", _whole),
    "ASYNC_POWER_REPORTING_THRESHOLD": Place("report", "power_change_fraction", _number),
    "PERSISTER__MAX_BYTES": Place("store", "max_bytes", _whole),
    "TIMEZONE_STR": Place("site", "time_zone"),
    "LATITUDE": Place("site", "latitude", _number),
    "LONGITUDE": Place("site", "longitude", _number),
    "SYSTEM_MODE": Place("site", "mode"),
    "OIL_BOILER_BACKUP": Place("comfort", "oil_boiler_backup", _flag),
    "HP_MODEL": Place("heat_pump", "model"),
}
"""Old setting, without SCADA_ -> ours."""

PASSWORDS = {f"{client}__PASSWORD": (table, "password_file") for client, table in CLIENTS.items()}
"""A password goes into a file of its own."""
_PATHS = {"CA_CERT_PATH": "ca_file", "CERT_PATH": "cert_file", "PRIVATE_KEY_PATH": "key_file"}
FILES = {
    f"{client}__TLS__PATHS__{word}": (table, key)
    for client, table in CLIENTS.items()
    for word, key in _PATHS.items()
}
"""Certificates and keys are copied."""

ELSEWHERE: dict[str, str] = {
    "IS_SIMULATED": "what is simulated is said by [hardware] bus",
    "PATHS__HARDWARE_LAYOUT": "take the layout over with: python scada.py layout import",
    "WHITEWIRE_THRESHOLD_WATTS": "a zone's call wire is judged by the program itself",
    "SEASONAL_STORAGE_MODE": "all tanks of the layout are used",
    "SHORT_CYCLE_BUFFER": "the rest of the compressor is set in [limits]",
    "LOGGING": "how much is logged is said by [log] level",
}
"""What has no place of ours, and why; a whole group by its first word."""


class TakenOver(Struct):
    """What could be taken over, and sentences on what could not; no secret is in either."""

    values: dict[tuple[str, str], str]
    """(table, key) -> TOML value."""
    not_taken: list[str]
    secrets: dict[tuple[str, str], str]
    """(table, key of the file) -> the secret itself, to be written into that file."""
    files: dict[tuple[str, str], str]
    """(table, key) -> path of a certificate or key of the old program."""


def read_env(text: str) -> dict[str, str]:
    """The settings of an .env file by name in capitals, the prefix left away; others are passed over."""
    found: dict[str, str] = {}
    for line in text.splitlines()[:MAX_LINES]:
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        name = name.strip().upper()
        if equals and name.startswith(PREFIX) and not line.lstrip().startswith("#"):
            found[name.removeprefix(PREFIX)] = _unquoted(value.strip())
    return found


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value.partition(" #")[0].strip()


def translate(old: Mapping[str, str]) -> TakenOver:
    """Every old setting in its place, checked against the bounds of ours."""
    taken = TakenOver({}, [], {}, {})
    void = {
        f"{client}__PORT" if _flag(old.get(f"{client}__TLS__USE_TLS", "")) is True else f"{client}__TLS__PORT"
        for client in CLIENTS
    }
    for name, value in old.items():
        if name in void:
            continue  # of the two ports only one was ever in force
        if name in PLACES:
            _take(taken, name, PLACES[name], value)
        elif name in PASSWORDS:
            taken.secrets[PASSWORDS[name]] = value
        elif name in FILES:
            taken.files[FILES[name]] = value
        else:
            taken.not_taken.append(f"{PREFIX}{name}: {_why(name)}.")
    return taken


def _take(taken: TakenOver, name: str, place: Place, text: str) -> None:
    key = next(key for key in BOUNDS[place.table][1] if key.name == place.key)
    value, wrong = check(place.convert(text), key)
    if wrong:
        taken.not_taken.append(f"{PREFIX}{name}: [{place.table}] {wrong}")
    else:
        taken.values[place.table, place.key] = toml_value(value)


def _why(name: str) -> str:
    for group, why in ELSEWHERE.items():
        if name == group or name.startswith(f"{group}__"):
            return why
    if any(word in name for word in SECRET_WORDS):
        return "is a secret this program has no use for"
    return "has no place here"


def old_files(table: str) -> Iterator[tuple[str, str]]:
    """(key, path under the old folder of certificates) of one broker, as the reference names them."""
    client = next(name for name, ours in CLIENTS.items() if ours == table).lower()
    yield "ca_file", f"{client}/ca.crt"
    yield "cert_file", f"{client}/{client}.crt"
    yield "key_file", f"{client}/private/{client}.pem"
