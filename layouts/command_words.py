"""Which words and options each command uses; whatever else is said is refused with what is nearest."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from layouts.mistakes import clip, nearest
from layouts.new import QUESTIONS

Options = Mapping[str, tuple[str, list[tuple[str, dict[str, object]]]]]

ANSWERS = tuple(f"--{question.name}" for question in QUESTIONS)
_SITE = ("--user", "--root")
USES: Mapping[str, Mapping[str, tuple[int, tuple[str, ...]]]] = MappingProxyType(
    {
        "layout": {
            "show": (1, ("--json", "--config")),
            "import": (2, ("--force",)),
            "export": (2, ("--force",)),
            "new": (1, ("--force", "--yes", *ANSWERS)),
        },
        "hw": {
            "scan": (0, ("--listen", "--config")),
            "read": (1, ("--config",)),
            "walk": (1, ("--yes", "--hold", "--config")),
            "calibrate": (1, ("--yes", "--seconds", "--reference-f", "--config")),
        },
        "service": {
            "show": (0, (*_SITE, "--config")),
            "install": (
                0,
                (*_SITE, "--dry-run", "--take-over", "--keep-settings", "--no-start", "--config"),
            ),
            "status": (0, (*_SITE, "--config")),
            "remove": (0, (*_SITE, "--config")),
        },
    }
)
"""Command -> what it may do -> (names it takes at most, options it uses)."""
NO_SETTINGS = frozenset({"demo", "diagram", "simulate"})
"""Commands that run by settings of their own."""
TOGETHER = MappingProxyType(
    {
        ("contracts", "--contract", "--last"): "--contract shows every entry of one contract",
        ("layout", "--config", "NAME"): "a house that is named needs no settings to be found",
    }
)
"""Of these two the second, or the name, leaves the other nothing to do."""


def refusal(options: Options, command: str, names: Sequence[str], given: Sequence[str]) -> str:
    """A sentence on the first thing that `command` has no use for, or empty."""
    if command not in options:
        return _no_command(options, command)
    known = [flag for flag, _ in options[command][1] if flag.startswith("--")] + ["--config"]
    for flag in given:
        if flag not in known:
            return f"{command} has no option {clip(flag)}.{_hint(flag, known)}"
    if command in USES:
        return _refused_what(command, names, given)
    if names:
        return f"{command} takes no name, and '{clip(names[0])}' is one."
    if command in NO_SETTINGS and "--config" in given:
        return f"{command} runs by settings of its own and does not use --config."
    return _together(command, names, given)


def _no_command(options: Options, command: str) -> str:
    if command.startswith("-"):
        return f"a command comes first, then {clip(command)}: run, check, hw ... (--help lists them)."
    return f"there is no command '{clip(command)}'.{_hint(command, options)}"


def _refused_what(command: str, names: Sequence[str], given: Sequence[str]) -> str:
    whats = USES[command]
    if not names:
        return f"{command} does one of: {', '.join(whats)}; say which."
    what, rest = names[0], names[1:]
    if what not in whats:
        return f"there is no '{command} {clip(what)}'.{_hint(what, whats)}"
    most, used = whats[what]
    if len(rest) > most:
        others = [other for other, (number, _) in whats.items() if number >= len(rest)]
        takes = {0: "no name", 1: "one name"}.get(most, f"{most} names")
        instead = f"; {_those(command, others)} {'does' if len(others) == 1 else 'do'}" if others else ""
        return f"{command} {what} takes {takes}, and '{clip(rest[most])}' is one too many{instead}."
    for flag in given:
        if flag not in used:
            others = [other for other, (_, flags) in whats.items() if flag in flags]
            instead = f"; {_those(command, others)} {'does' if len(others) == 1 else 'do'}" if others else ""
            return f"{command} {what} does not use {flag}{instead}."
    return _together(command, rest, given)


def _together(command: str, names: Sequence[str], given: Sequence[str]) -> str:
    for (whose, one, other), why in TOGETHER.items():
        if command == whose and one in given and (names if other == "NAME" else other in given):
            useless = one if other == "NAME" else other
            return f"{useless} has no effect here: {why}."
    return ""


def _those(command: str, whats: Collection[str]) -> str:
    words = [f"{command} {what}" for what in whats]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _hint(word: str, known: Collection[str]) -> str:
    best = nearest(word, known)
    return f" Did you mean {best}?" if best else f" There are: {', '.join(known)}."
