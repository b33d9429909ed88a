"""Everything in the simulated house that posts HTTP: tank modules, flow modules and the hub.

It has the shape of the device listener: `receive` hands out the posts that have come, `answer` takes replies.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hw.twin.faults import PicoFault
from hw.twin.hub import TwinHub
from hw.twin.pico import Letter, Mail, PicoModule
from states.image import Answer, Now, Post

EXPIRE_MS = 120_000
"""A post nobody took for this long found nobody listening."""
OPEN_LIMIT = 4096


class TwinDevices:
    """The posting devices of one house. Same seed, same posts."""

    def __init__(
        self,
        modules: Sequence[PicoModule],
        hub: TwinHub,
        advance: Callable[[int], None],
        window_ms: int,
        mail: Mail,
    ) -> None:
        """`advance(mono_ms)` brings the plant, and with it `plan`, up to date."""
        self.modules = tuple(modules)
        self.hub = hub
        self._advance = advance
        self._window_ms = window_ms
        self._by_actor: dict[str, PicoModule | TwinHub] = {m.actor: m for m in self.modules}
        self._by_actor[hub.actor] = hub
        self._mail = mail
        self._open: dict[int, Letter] = {}
        self._ticket = 0
        self._mono_ms = 0
        self.powered = True
        self.posts = 0
        self.unanswered = 0

    @property
    def lost(self) -> int:
        """Posts whose data is gone: unheard, unanswered or not answered with 200."""
        return self.unanswered + self._mail.lost + sum(m.refused for m in self._by_actor.values())

    def receive(self, now: Now) -> tuple[Post, ...]:
        """All posts that have come by `now`, in the order they came."""
        self._mono_ms = now.mono_ms
        self._advance(now.mono_ms)
        mail = self._mail
        due_ms = mail.next_ms
        if due_ms is None or due_ms > now.mono_ms:
            return ()
        posts: list[Post] = []
        while due_ms is not None and due_ms <= now.mono_ms:
            sent_ms, letter = mail.take()
            due_ms = mail.next_ms
            if letter.generation != letter.sender.generation:
                continue
            if now.mono_ms - sent_ms > EXPIRE_MS:
                letter.sender.unheard(letter.kind)
                continue
            posts.append(self._hand_out(letter))
        return tuple(posts)

    def answer(self, answers: Sequence[Answer]) -> None:
        """Replies to posts; an unknown or repeated ticket is ignored."""
        for answer in answers:
            letter = self._open.pop(answer.ticket, None)
            if letter is not None and letter.generation == letter.sender.generation:
                letter.sender.answered(letter.kind, answer.status, answer.body, self._mono_ms, self._mail)

    def power(self, on: bool, mono_ms: int) -> None:
        """The 5 V bus is switched; the hub has its own supply."""
        if on != self.powered:
            self.powered = on
            for module in self.modules:
                module.power(on, mono_ms)

    def plan(self, start_ms: int) -> None:
        """Plan the window that begins at `start_ms`; called once after every step of the plant."""
        end_ms = start_ms + self._window_ms
        for module in self.modules:
            module.plan(start_ms, end_ms, self._mail)
        self.hub.plan(start_ms, end_ms, self._mail)

    def inject(self, fault: PicoFault) -> Callable[[], None]:
        """Begin a fault; the answer ends it. Raises `ValueError` for an actor that posts nothing."""
        device = self._by_actor.get(fault.actor)
        if device is None:
            known = ", ".join(sorted(self._by_actor))
            raise ValueError(f"'{fault.actor}' posts nothing in this house; these do: {known}.")
        device.fault = fault.kind
        return lambda: self._heal(device)

    def _heal(self, device: PicoModule | TwinHub) -> None:
        device.fault = None

    def _hand_out(self, letter: Letter) -> Post:
        self._ticket += 1
        self.posts += 1
        if len(self._open) >= OPEN_LIMIT:
            self._open.pop(next(iter(self._open))).sender.unheard("data")
            self.unanswered += 1
        self._open[self._ticket] = letter
        return Post(self._ticket, "POST", letter.path, letter.body)
