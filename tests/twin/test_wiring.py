"""From coil and volts to contacts, on the two houses that are shipped."""

from __future__ import annotations

import pytest

from hw.twin.plant.contacts import Wiring
from layouts.load import load_house

DEFAULT_VOLTS = {1: 2.0, 2: 4.0, 3: 5.0}


@pytest.mark.parametrize(
    ("index", "ask", "at_rest"),
    [
        (2, "stats_connected", True),
        (3, "charge", False),
        (5, "hp_by_scada", False),
        (6, "hp_ops_closed", True),
        (8, "aquastat_to_hp", False),
        (9, "store_pump", False),
        (11, "primary_on", False),
        (12, "primary_by_scada", False),
        (17, "zones_by_scada", (False,)),
        (18, "zones_call", (False,)),
    ],
)
def test_each_relay_moves_its_own_contact_and_no_other(index: int, ask: str, at_rest: object) -> None:
    wiring = Wiring(load_house("orange"))
    rest = wiring.contacts(frozenset(), DEFAULT_VOLTS)
    moved = wiring.contacts(frozenset({index}), DEFAULT_VOLTS)
    assert getattr(rest, ask) == at_rest
    changed = [name for name in rest.__struct_fields__ if getattr(rest, name) != getattr(moved, name)]
    assert changed == [ask]


@pytest.mark.parametrize("index", [1, 7, 14, 15])
def test_relays_of_the_cabinet_leave_the_plant_alone(index: int) -> None:
    wiring = Wiring(load_house("orange"))
    assert wiring.contacts(frozenset({index}), DEFAULT_VOLTS) == wiring.contacts(frozenset(), DEFAULT_VOLTS)


def test_the_second_zone_hangs_on_relays_19_and_20() -> None:
    house = load_house("beech")
    wiring = Wiring(house)
    contacts = wiring.contacts(frozenset({19, 20}), {})
    assert contacts.zones_by_scada == (False, True)
    assert contacts.zones_call == (False, True)


@pytest.mark.parametrize(("volts", "speed"), [(0.0, 0.0), (2.0, 0.5), (4.0, 1.0), (6.0, 1.5), (10.0, 1.6)])
def test_volts_scale_the_primary_pump_around_the_default_of_the_house(volts: float, speed: float) -> None:
    wiring = Wiring(load_house("orange"))
    contacts = wiring.contacts(frozenset(), DEFAULT_VOLTS | {2: volts})
    assert contacts.primary_speed == pytest.approx(speed)
    assert (contacts.dist_speed, contacts.store_speed) == (1.0, 1.0)
