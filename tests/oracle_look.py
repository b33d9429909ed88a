"""What the oracle looks at: the relays of a house by their part, facts beside them, one tick's view."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from layouts.model import House

ON, OFF, TANK = "ON", "OFF", "TANK"


class Facts(Struct, frozen=True, kw_only=True):
    """What was true beside the relays; None: nobody could know."""

    path: str = "HomeAlone.Normal.HpOffStoreOff"
    evaluated: bool = True
    """A complete decision has been made since start."""
    emergency: bool = False
    external: bool = False
    """Only the boards moved since the last look; nobody is blamed for it."""
    astray: frozenset[str] = frozenset()
    """Relays that do not stand as told, right after the write: a board is dead, deaf, or was not written."""
    silent: frozenset[str] = frozenset()
    """Relays whose board had not answered when the decision was made."""
    asserted: frozenset[str] | None = None
    """Actuators somebody asked for in this tick; None: not watched."""
    start_delay_ms: int = 0
    lwt_c: float | None = None
    ewt_c: float | None = None
    hottest_water_c: float | None = None
    coldest_water_c: float | None = None
    oat_c: float | None = None
    coldest_room_f: float | None = None
    primary_gpm: float | None = None
    hp_w: float | None = None


class Parts(Struct, frozen=True):
    """Relay nodes by what hangs on them."""

    nodes: frozenset[str]
    five: str
    six: str
    eight: str
    ten: str
    three: str
    nine: str
    eleven: str
    twelve: str
    stats: tuple[str, ...]
    boiler: bool

    @staticmethod
    def of(house: House) -> Parts:
        """The parts of a house; `ten` is empty where there is no boiler relay."""
        node = {key: relay.node for key, relay in house.relay_by_key.items()}
        return Parts(
            nodes=frozenset(node.values()),
            five=node["hp-failsafe"],
            six=node["hp-scada-ops"],
            eight=node["aquastat-ctrl"],
            ten=node.get("boiler-scada-ops", ""),
            three=node["charge-discharge"],
            nine=node["store-pump-failsafe"],
            eleven=node["primary-pump-scada-ops"],
            twelve=node["primary-pump-failsafe"],
            stats=tuple(r.node for r in house.relays if r.zone and r.key.endswith("failsafe")),
            boiler=house.boiler,
        )


class Look(Struct, frozen=True):
    """One tick: positions before and after the write, and what is known of the world."""

    t: int
    tick: int
    obeyed: bool
    """Every command has reached its relay for a while: what the boards show is our doing."""
    old: Mapping[str, int]
    new: Mapping[str, int]
    parts: Parts
    facts: Facts
    alone: frozenset[str] = frozenset()
    """Relays that moved without us since the last tick: no program can have seen it yet."""

    def call(self, coils: Mapping[str, int]) -> str:
        """Who calls the heat pump: us (ON, OFF) or the tank's aquastat."""
        if coils[self.parts.five] == 0:
            return TANK
        return ON if coils[self.parts.six] == 0 else OFF

    def pump_off(self, coils: Mapping[str, int]) -> bool:
        """The primary pump is ours and off."""
        return coils[self.parts.twelve] == 1 and coils[self.parts.eleven] == 0

    def armed(self, coils: Mapping[str, int]) -> bool:
        """A boiler could fire."""
        burner = self.parts.ten != "" and coils[self.parts.ten] == 1
        return self.parts.boiler and (coils[self.parts.eight] == 0 or burner)

    def ours(self, *nodes: str) -> bool:
        """Where these relays stand is what they were told."""
        return self.facts.astray.isdisjoint(nodes)

    @property
    def handed_back(self) -> bool:
        """Fault: everything rests."""
        return self.facts.path.startswith("Fault")

    @property
    def frost(self) -> bool:
        """Outdoors or water near freezing."""
        return under(self.facts.oat_c, 4.0) or under(self.facts.coldest_water_c, 7.0)


def under(value: float | None, limit: float) -> bool:
    """Known and below."""
    return value is not None and value < limit
