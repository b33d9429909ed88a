"""The vectors that name an address or a unit of the house: sent by the production drivers on a traced bus."""

from __future__ import annotations

import pytest

from hw.relays import RelayBoards
from hw.zero_ten import ZeroTens
from layouts.load import load_house
from layouts.model import House
from states import energy
from states.image import HouseParams
from tests.hw.fakes import Rails, at
from tests.hw.test_flow import Hall, Reed, even


@pytest.fixture
def beech() -> House:
    return load_house("beech")


@pytest.mark.parametrize(
    ("indices", "one", "two"),
    [
        ((1,), "7fff", "ffff"),
        ((8,), "feff", "ffff"),
        ((9,), "fffe", "ffff"),
        ((5, 6), "f3ff", "ffff"),
        ((17,), "ffff", "7fff"),
    ],
)
def test_relays_reach_their_board_as_one_image(
    indices: tuple[int, ...], one: str, two: str, beech: House
) -> None:
    rails = Rails()
    for address in (0x20, 0x21):
        rails.bus.relay_board(address)
    boards = RelayBoards(beech, rails.wire, rails.latest)
    boards.write({relay.node: int(relay.index in indices) for relay in beech.relays}, rails.tick(at(100)))
    assert rails.bus.writes() == [(0x20, bytes.fromhex(one)), (0x21, bytes.fromhex(two))]


@pytest.mark.parametrize(
    ("node", "value", "address", "data"),
    [
        ("dist-010v", 30, 0x5E, "02c04c"),
        ("primary-010v", 50, 0x5E, "04f07f"),
        ("store-010v", 100, 0x5F, "02f0ff"),
    ],
)
def test_a_0_10_v_output_reaches_its_chip_behind_its_range(
    node: str, value: int, address: int, data: str, beech: House
) -> None:
    rails = Rails()
    for place in (0x5E, 0x5F):
        rails.bus.dac(place)
    ZeroTens(beech, rails.wire, rails.latest).write({node: value}, rails.tick(at(100)))
    assert rails.bus.writes()[:2] == [(address, bytes.fromhex("011100")), (address, bytes.fromhex(data))]


def test_flow_ticks_are_gallons_a_minute_x_100() -> None:
    assert {value for _, value in Hall().gpm(even(100, 10_000))} == {540}
    assert {value for _, value in Reed().gpm(even(3, 4_488))} <= {99, 100}


def test_the_heat_the_house_needs_at_20_f_and_what_a_kilowatt_gives_at_30_f() -> None:
    site = HouseParams()
    assert energy.load_kw(site, 20.0, 0.0) == pytest.approx(3.5, abs=0.005)
    assert energy.curve(site).rswt_f(3.5) == pytest.approx(128.75, abs=0.005)
    assert energy.cop(site, 30.0) == pytest.approx(1.791, abs=0.0005)
