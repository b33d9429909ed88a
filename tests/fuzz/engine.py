"""Feeds targets with bent seeds, for a number of inputs or a time; an input that finds something is shown."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec import Struct

from tests.fuzz.bend import bend

CORPUS = Path(__file__).parent / "corpus"
BENDS = 3
LOOK_EVERY = 64


class Target(Struct, frozen=True):
    """A parser. `take` returns whether the input was taken, False for a refusal, and raises otherwise."""

    name: str
    share: int
    """Inputs of a thousand."""
    seeds: Callable[[], list[bytes]]
    take: Callable[[bytes], bool]


class Found(RuntimeError):
    """An input that a parser did not survive, or should not have taken; the message holds it."""


class Tally(Struct):
    """What became of a target's inputs."""

    taken: int = 0
    refused: int = 0


def corpus(name: str) -> list[bytes]:
    """Inputs worth keeping: those that once found something, and odd ones nobody would draw."""
    return [path.read_bytes() for path in sorted(CORPUS.glob(f"{name}--*.bin"))]


def feed(target: Target, body: bytes, tally: Tally) -> None:
    """Give one input to a target; raises `Found`."""
    try:
        taken = target.take(body)
    except Exception as error:
        raise Found(f"{target.name}: {type(error).__name__}: {error}; input {body!r}") from error
    tally.taken += taken
    tally.refused += not taken


def run(targets: Sequence[Target], count: int, seed: int, seconds: float = float("inf")) -> dict[str, Tally]:
    """So many inputs, or as many as the seconds allow. The same seed and count give the same inputs."""
    source = random.Random(seed)
    deadline = time.monotonic() + seconds
    tallies = {target.name: Tally() for target in targets}
    stock = {target.name: target.seeds() + corpus(target.name) for target in targets}
    for target in targets:
        for body in corpus(target.name):
            feed(target, body, tallies[target.name])
    shares = [target.share for target in targets]
    for number, target in enumerate(source.choices(targets, shares, k=count)):
        if number % LOOK_EVERY == 0 and time.monotonic() > deadline:
            break
        seeds = stock[target.name]
        body = source.choice(seeds)
        for _ in range(source.randrange(1, BENDS + 1)):
            body = bend(source, body, source.choice(seeds))
        feed(target, body, tallies[target.name])
    return tallies
