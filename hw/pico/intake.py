"""Takes every post of the device listener, gives it to the device it claims to be from, and answers.

Nothing raises out of `take`: what is not taken is counted under its device and answered with a sentence. A
request for new code is always answered 404, since firmware would run any 200 that is not JSON.
"""

from __future__ import annotations

import msgspec

from hw.hubitat import HubModule
from hw.pico.btu import BtuModule
from hw.pico.flow import FlowModule
from hw.pico.module import WRONG_BODY, Handler, Module, Refused, Samples
from hw.pico.tank import TankModule
from layouts.model import House
from states.image import Answer, Now, Post, TickList

MAX_BODY = 65_536
MAX_LISTS = 10
"""Tick lists passed on in one tick; each has at most `MAX_BODY` bytes."""


class Intake:
    """Router of the devices that post: tank and flow modules, heat meters, the hub."""

    def __init__(self, house: House) -> None:
        """Only enabled devices have routes; without zones the hub is not ours."""
        self.hub = HubModule(house) if house.zones else None
        self.modules: tuple[Module, ...] = (
            *(TankModule(tank, house) for tank in house.tanks if tank.enabled),
            *(FlowModule(flow, house) for flow in house.flows if flow.enabled),
            *(BtuModule(btu, house) for btu in house.btus if btu.enabled),
            *([self.hub] if self.hub else ()),
        )
        self._routes: dict[str, tuple[Module, Handler]] = {
            path: (module, handler) for module in self.modules for path, handler in module.routes.items()
        }
        self._flows = tuple(module for module in self.modules if isinstance(module, FlowModule))
        self.lists_dropped = 0
        self.accepted = 0
        self.refused: dict[str, int] = {}
        """Posts not taken, by device name; "unknown-path" for those of nobody."""

    def take(self, post: Post, now: Now) -> tuple[Samples, Answer]:
        """Samples in a post and the answer to it."""
        route = self._routes.get(post.path)
        if route is None:
            if not post.path.endswith("/code-update"):
                self._count("unknown-path")
            return (), Answer(post.ticket, 404, b"{}")
        module, handler = route
        module.reached_at = post.local or module.reached_at
        try:
            self._check(post)
            body, samples = handler(post.body, now)
        except Refused as refused:
            return self._refuse(module, post, refused.status, str(refused))
        except WRONG_BODY as error:
            words = f"The body cannot be understood ({type(error).__name__}: {error!s:.80})."
            return self._refuse(module, post, 400, words)
        self.accepted += 1
        return samples, Answer(post.ticket, 200, body)

    def tick_lists(self) -> tuple[TickList, ...]:
        """What flow modules posted since the last call and the ATN shall have; bounded."""
        found: list[TickList] = []
        for flow in self._flows:
            if flow.lists:
                found += flow.lists
                flow.lists.clear()
        self.lists_dropped += max(0, len(found) - MAX_LISTS)
        return tuple(found[:MAX_LISTS])

    def tend(self, now: Now) -> None:
        """Notice devices that have fallen silent."""
        for module in self.modules:
            module.tend(now)

    def _refuse(self, module: Module, post: Post, status: int, words: str) -> tuple[Samples, Answer]:
        self._count(module.name)
        module.device.complain(words)
        return (), Answer(post.ticket, status, msgspec.json.encode({"error": words[:200]}))

    def _check(self, post: Post) -> None:
        if post.method != "POST":
            raise Refused(405, f"{post.method[:10]} is not understood here; devices POST.")
        if len(post.body) > MAX_BODY:
            raise Refused(413, f"The body has {len(post.body)} bytes; {MAX_BODY} are the most.")

    def _count(self, name: str) -> None:
        self.refused[name] = self.refused.get(name, 0) + 1
