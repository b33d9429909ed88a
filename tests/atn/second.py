"""The second computer of a simulated house: its program, and who of the two hears which module."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hw.pico.intake import Intake
from hw.ports import Ports
from layouts.model import House
from layouts.share import PRIMARY, SECONDARY, share_of
from states.image import Answer, Now, Post


class Desk:
    """Posts of the house for one of the computers; tickets are the house's own."""

    def __init__(self, devices: Any) -> None:
        self.inbox: list[Post] = []
        self._devices = devices

    def receive(self, now: Now) -> tuple[Post, ...]:
        """What came for this computer."""
        found, self.inbox = tuple(self.inbox), []
        return found

    def answer(self, answers: Sequence[Answer]) -> None:
        """To the modules."""
        self._devices.answer(answers)


class Desks:
    """Both computers' desks; `sort` hands out what the modules have posted."""

    def __init__(self, house: House, devices: Any) -> None:
        self.of = {role: Desk(devices) for role in (PRIMARY, SECONDARY)}
        self._devices = devices
        second = Intake(share_of(house, SECONDARY)).modules
        self._paths = frozenset(path for module in second for path in module.routes)

    def sort(self, now: Now) -> None:
        """Every post to the computer whose module it comes from."""
        for post in self._devices.receive(now):
            self.of[SECONDARY if post.path in self._paths else PRIMARY].inbox.append(post)

    def ports(self, whole: Ports, role: str) -> Ports:
        """The ports of one of the computers; buses and meter are only asked by the one they hang on."""
        return Ports(whole.i2c, whole.meter, self.of[role], whole.weather, whole.world, whole.others)
