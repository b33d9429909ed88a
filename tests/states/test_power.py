"""Power nobody meters is unknown, never 0."""

from __future__ import annotations

from msgspec.structs import replace

from layouts.load import load_house
from layouts.settings import Settings
from states.calendar import Calendar, zone_of
from states.decide import Decider
from states.view import View
from tests.states.bench import Bench


def test_the_power_of_no_channel_is_unknown() -> None:
    house, settings = load_house("orange"), Settings()
    unmetered = tuple(replace(channel, in_power_metering=False) for channel in house.channels)
    calendar = Calendar(settings.tariff, zone_of(settings.site.time_zone)[0])
    image = Bench().image()
    for channels, watts in ((house.channels, 40.0), (unmetered, None)):
        decider = Decider(replace(house, channels=channels), settings, calendar)
        assert decider.power_w(View(decider.lens, image, {})) == watts
