"""What every state means, in plain words for the people of the house: a title and a sentence."""

from __future__ import annotations

WHO = {
    "HomeAlone": "The house runs by itself, by the tariff",
    "AtnControlled": "The house runs to a contract with the grid",
    "Dormant": "A person is in charge",
    "Fault": "The house is handed back to its own thermostats",
}
"""Top state -> who is in charge."""
WATCHING = "The house's own thermostats are in charge"

_STARTING = ("Getting ready", "Waiting for the temperatures and the forecast it needs to choose.")
_HEATING = ("Heating", "The heat pump is to heat the buffer tank; the rooms draw from it.")
_CHARGING = ("Charging the store", "The heat pump puts heat into the store tanks for later.")
_COASTING = ("Coasting", "The heat pump is off; the rooms draw from the buffer tank.")
_FROM_STORE = ("Heating from the store", "The heat pump is off; the store keeps the buffer tank warm.")

_STRATEGY = {
    "Initializing": _STARTING,
    "HpOnStoreOff": _HEATING,
    "HpOnStoreCharge": _CHARGING,
    "HpOffStoreOff": _COASTING,
    "HpOffStoreDischarge": _FROM_STORE,
}
_BOILER = "The boiler heats the house."

SAYS: dict[str, tuple[str, str]] = {
    **{f"HomeAlone.Normal.{leaf}": words for leaf, words in _STRATEGY.items()},
    "HomeAlone.ScadaBlind.OnAquastat": (
        "Blind: heating on the tank's aquastat",
        "The buffer tank or the forecast cannot be seen, so the aquastat calls the heat pump.",
    ),
    "HomeAlone.ScadaBlind.OnBoiler": (
        "Blind: heating on the boiler",
        "The buffer tank or the forecast cannot be seen and electricity is dear, so the boiler heats.",
    ),
    "HomeAlone.Backup.OnHeatPump": (
        "Cold: heating with all there is",
        "Rooms, buffer and store are cold; the heat pump runs whatever electricity costs.",
    ),
    "HomeAlone.Backup.OnBoiler": ("Cold: heating on the boiler", f"Rooms and tanks are cold. {_BOILER}"),
    **{f"AtnControlled.{leaf}": words for leaf, words in _STRATEGY.items()},
    "AtnControlled.HpOffNonElectricBackup": (
        "Heating on the boiler",
        f"The contract asks for no electricity. {_BOILER}",
    ),
    "Dormant.Admin": ("A person holds the controls", "What they set stays until they let go or time is up."),
    "Dormant.Monitor": (
        "Watching only",
        "The program only watches: nothing is commanded, wall thermostats and the aquastat heat the house.",
    ),
    "Fault.HandedBack": (
        "Handed back",
        "Something the control depends on has failed; thermostats and the aquastat heat the house.",
    ),
}
"""State path -> title, sentence."""


def who(path: str) -> str:
    """Who is in charge in a state."""
    return WATCHING if path == "Dormant.Monitor" else WHO.get(path.partition(".")[0], "")


def says(path: str) -> tuple[str, str]:
    """Title and sentence; a path without words of its own is its own title."""
    return SAYS.get(path, (path, ""))
