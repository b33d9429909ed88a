"""What an admitted message means: a command, a question, or something of the second computer's."""

from __future__ import annotations

from msgspec import Struct

from proto.wire import Event, Message
from proto.wire.readings import Glitch
from states.image import Heard

SNAPSHOT, LAYOUT, CAPABILITIES = "snapshot", "layout", "capabilities"


class Ask(Struct, frozen=True):
    """Somebody wants to be told: `what` is snapshot, layout or capabilities."""

    link: str
    what: str


class SecondReadings(Struct, frozen=True):
    """Readings of the second computer: (channel, wire integer), all read at `wall_ms` by its own clock.

    `unknown` names what came with them and is none of its channels.
    """

    samples: tuple[tuple[str, int], ...]
    wall_ms: int
    unknown: tuple[str, ...] = ()


class SecondPower(Struct, frozen=True):
    """Metered power as the second computer has it, W."""

    watts: int


class PassOn(Struct, frozen=True):
    """An event or glitch of the second computer that goes to the ATN as it came."""

    payload: Event | Glitch


class Aside(Struct, frozen=True):
    """Something of the ATN's that decides nothing: debugging, a glitch, a command we decline."""

    payload: Message


class Command(Struct, frozen=True):
    """What was heard, and the actuator and id of the command if it was one."""

    heard: Heard
    actuator: str = ""
    trigger_id: str = ""


Understood = Command | Ask | Aside | SecondReadings | SecondPower | PassOn
