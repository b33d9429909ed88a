"""What the relay contacts and control volts ask of the plant, and how coils become contacts."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from layouts.model import House


class Contacts(Struct, frozen=True, kw_only=True):
    """The asks of the wiring. The defaults are a house whose every relay is at rest."""

    hp_by_scada: bool = False
    """Relay 5: the heat-pump call comes from relay 6 instead of the tank's aquastat."""
    hp_ops_closed: bool = True
    """Relay 6 at rest: closed, calling."""
    aquastat_to_hp: bool = False
    """Relay 8: the aquastat's call goes to the heat-pump path instead of the boiler."""
    charge: bool = False
    store_pump: bool = False
    primary_by_scada: bool = False
    primary_on: bool = False
    stats_connected: bool = True
    zones_by_scada: tuple[bool, ...]
    zones_call: tuple[bool, ...]
    dist_speed: float = 1.0
    """Pump speeds as parts of the speed at the house's default volts; 0 stops the pump."""
    primary_speed: float = 1.0
    store_speed: float = 1.0


_SPEED_MAX = 1.6


def _speed(volts: float, default_volts: float) -> float:
    """Flow of a pump relative to its default setting. One whose default is 0 V ignores the input."""
    if default_volts <= 0.0:
        return 1.0
    return min(volts / default_volts, _SPEED_MAX) if volts >= 0.05 else 0.0


class Wiring:
    """The wires of one house, from coil and volts to contacts."""

    def __init__(self, house: House) -> None:
        """Look up once which relay and output of `house` hangs on what."""
        self._index = {relay.key: relay.index for relay in house.relays}
        by_node = {relay.node: relay.index for relay in house.relays}
        self._failsafe = tuple(by_node[zone.failsafe_relay] for zone in house.zones)
        self._ops = tuple(by_node[zone.ops_relay] for zone in house.zones)
        self._outputs = {z.node: (z.output_idx, z.default / 10.0) for z in house.zero_tens}

    def relay_index(self, key: str) -> int:
        """Relay index of a layout key; 0, which never is energised, where the house has none."""
        return self._index.get(key, 0)

    def contacts(self, energised: frozenset[int], volts: Mapping[int, float]) -> Contacts:
        """Contacts for the `energised` relay indices and the volts per 0-10 V output index."""

        def on(key: str) -> bool:
            return self.relay_index(key) in energised

        def speed(node: str) -> float:
            output_idx, default_volts = self._outputs.get(node, (0, 0.0))
            return _speed(volts.get(output_idx, 0.0), default_volts)

        return Contacts(
            hp_by_scada=on("hp-failsafe"),
            hp_ops_closed=not on("hp-scada-ops"),
            aquastat_to_hp=on("aquastat-ctrl"),
            charge=on("charge-discharge"),
            store_pump=on("store-pump-failsafe"),
            primary_by_scada=on("primary-pump-failsafe"),
            primary_on=on("primary-pump-scada-ops"),
            stats_connected=not on("tstat-common"),
            zones_by_scada=tuple(index in energised for index in self._failsafe),
            zones_call=tuple(index in energised for index in self._ops),
            dist_speed=speed("dist-010v"),
            primary_speed=speed("primary-010v"),
            store_speed=speed("store-010v"),
        )
