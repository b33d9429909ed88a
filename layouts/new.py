"""`layout new`: a first layout of a house from a few answers; the rest is usual and marked so."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from layouts import names
from layouts.catalogue import FIRST_ZONE_INDEX
from layouts.forms import PATTERNS
from layouts.usual import Root, complete

MAX_ZONES = MAX_TANKS = 6
METERS = {"egauge": "EGAUGE__4030", "simulated": "GRIDWORKS__SIMPM1", "iem3455": "SCHNEIDERELECTRIC__IEM3455"}
_SERIAL = "/dev/serial/by-id/usb-FTDI_RS485_1234-if00-port0"


class Question(Struct, frozen=True):
    """One thing to know: option, words, the usual answer, and what is wrong with an answer."""

    name: str
    words: str
    usual: str
    wrong: Callable[[str], str]


def _text(answer: str) -> str:
    return "" if answer and answer.isprintable() and len(answer) <= 100 else "one line of text is needed"


def _alias(answer: str) -> str:
    pattern, words = PATTERNS["alias"]
    return "" if pattern.fullmatch(answer) else f"an alias is {words}"


def _zones(answer: str) -> str:
    pattern, words = PATTERNS["name"]
    zones = split(answer)
    if not 1 <= len(zones) <= MAX_ZONES or len(set(zones)) != len(zones):
        return f"1 to {MAX_ZONES} different names, joined by commas, as in down,up"
    bad = next((zone for zone in zones if not pattern.fullmatch(zone) or len(zone) > 32), "")
    return f"'{bad}' cannot be the name of a zone; names are {words}" if bad else ""


def _tanks(answer: str) -> str:
    right = answer.isdecimal() and 1 <= int(answer) <= MAX_TANKS
    return "" if right else f"a number from 1 to {MAX_TANKS}"


def _flag(answer: str) -> str:
    return "" if answer in ("yes", "no") else "yes or no"


def _boards(answer: str) -> str:
    try:
        addresses = [int(word, 0) for word in split(answer)]
    except ValueError:
        addresses = []
    right = 1 <= len(addresses) <= 2 and all(0x20 <= a <= 0x27 for a in addresses)
    right = right and len(set(addresses)) == len(addresses)
    return "" if right else "one or two addresses from 0x20 to 0x27, joined by a comma, as in 0x20,0x21"


def _meter(answer: str) -> str:
    return "" if answer in METERS else f"one of {', '.join(METERS)}"


QUESTIONS = (
    Question("display", "Name of the house, for people?", "New House", _text),
    Question("alias", "Its alias on the grid, as registered with GridWorks?", "d1.house", _alias),
    Question("zones", "Heated zones, the most important first, joined by commas?", "main", _zones),
    Question("tanks", "How many store tanks, besides the buffer?", "3", _tanks),
    Question("boiler", "Does an oil boiler hang on relay 8?", "no", _flag),
    Question("sieg", "Does the plumbing have a Siegenthaler valve?", "no", _flag),
    Question("boards", "I2C addresses of the relay boards?", "0x20,0x21", _boards),
    Question("meter", f"Power meter: {', '.join(METERS)}?", "egauge", _meter),
)
"""What `layout new` asks, and its options."""


def split(answer: str) -> list[str]:
    """The words between the commas."""
    return [word.strip() for word in answer.split(",") if word.strip()]


def wrong_answers(answers: dict[str, str]) -> list[str]:
    """A sentence for every answer that cannot be used."""
    checked = [(q, q.wrong(answers[q.name])) for q in QUESTIONS if q.name in answers]
    found = [f"--{q.name}: {words}, not '{answers[q.name]}'." for q, words in checked if words]
    zones, boards = split(answers.get("zones", "")), split(answers.get("boards", "0x20,0x21"))
    last = FIRST_ZONE_INDEX - 1 + 2 * len(zones)
    if zones and len(boards) == 1:
        found.append(f"--boards: the zones own relays up to {last}, which need a second board.")
    return found


def skeleton(answers: dict[str, str]) -> tuple[Root, list[str]]:
    """(tables of the layout, dotted places that are assumed); without an answer the usual one is taken.

    The relays are not assumed: their numbers are the same in every House0 manifold.
    """
    said = {question.name: answers.get(question.name, question.usual) for question in QUESTIONS}
    alias, sieg = said["alias"], said["sieg"] == "yes"
    meter: Root = {"make_model": METERS[said["meter"]]}
    assumed = []
    if said["meter"] == "iem3455":
        meter |= {"kind": "rtu", "serial_port": _SERIAL, "baud": 19_200, "parity": "even", "function": 3}
        assumed = [f"meter.{key}" for key in ("serial_port", "baud", "parity", "function")]
    zones = split(said["zones"])
    root: Root = {
        "house": {
            "display": said["display"],
            "manifold": "House0Sieg" if sieg else "House0",
            "use_sieg_loop": False,
            "boiler": said["boiler"] == "yes",
        },
        "gnodes": {"ltn": {"alias": alias}},
        "zones": {name: {"index": index} for index, name in enumerate(zones, start=1)},
        "boards": {"relays": [int(word, 0) for word in split(said["boards"])]},
        "tanks": {name: {} for name in ("buffer", *(f"tank{n}" for n in range(1, 1 + int(said["tanks"]))))},
        "meter": meter | {"registers": {name: {} for name in names.POWERS}},
    }
    registers = root["meter"]["registers"]
    for index, name in enumerate(zones, start=1):
        registers[f"{names.zone_node(index, name)}-whitewire-pwr"] = {}
    if alias == "d1.house":
        assumed.append("gnodes.ltn.alias")
    modules = [f"tanks.{name}" for name in root["tanks"]]
    others = [place for place in complete(root) if not place.startswith("relays.")]
    return root, [*assumed, *modules, *others]
