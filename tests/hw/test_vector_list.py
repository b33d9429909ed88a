"""Every vector of the hardware facts (section 9) and the tests that hold it: none may be lost on the way."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent

VECTORS: dict[str, tuple[tuple[str, str, tuple[object, ...]], ...]] = {
    "relays 1, 8, 9 and 16 alone": (
        (
            "test_vectors.py",
            "test_relays_pull_their_pin_low_in_one_two_byte_image",
            ("7fff", "feff", "fffe", "ff7f"),
        ),
        ("test_vectors_bus.py", "test_relays_reach_their_board_as_one_image", ("7fff", "feff", "fffe")),
    ),
    "relays 5 and 6 together": (
        ("test_vectors_bus.py", "test_relays_reach_their_board_as_one_image", ((5, 6), "f3ff")),
    ),
    "relay 17 on the second board": (
        ("test_vectors_bus.py", "test_relays_reach_their_board_as_one_image", ((17,), "7fff", 0x21)),
    ),
    "DAC 30, 50, 100 and the range": (
        (
            "test_vectors_bus.py",
            "test_a_0_10_v_output_reaches_its_chip_behind_its_range",
            (30, "02c04c", 50, "04f07f", 100, "02f0ff", 0x5E, 0x5F, "011100"),
        ),
        ("test_vectors.py", "test_30_gives_2_9988_volts", (2.9988,)),
    ),
    "ADS terminal 6": (
        ("test_pipes.py", "test_terminal_6_is_read_as_the_datasheet_says", (0x49, "01d183", "00")),
    ),
    "code 2667": (
        ("test_vectors.py", "test_the_adc_code_is_signed_and_187_5_microvolts_a_step", (b"\x0a\x6b",)),
    ),
    "TSnap volts to degrees": (
        (
            "test_vectors.py",
            "PIPE_VECTORS",
            (82.65, 58.48, 44.09, 33.12, 25.00, 14.58, 5.15, 5.99, 22.87, 35.19),
        ),
    ),
    "tank microvolts to channel value": (
        (
            "test_vectors.py",
            "TANK_VECTORS",
            (106_770, 86_850, 68_810, 60_030, 52_580, 42_830, 25_000, 12_820, 9_230),
        ),
    ),
    "tank degrees to microvolts": (
        (
            "test_vectors.py",
            "test_tank_celsius_and_microvolts_agree_both_ways",
            (2_581_126, 1_593_396, 1_275_476, 775_698, 597_872),
        ),
    ),
    "eGauge 1234.5 W": (
        (
            "test_vectors.py",
            "test_a_power_register_pair_is_a_float_high_word_first_cut_toward_zero",
            (0x449A, 0x5000, 1234, 1234.5),
        ),
    ),
    "hall 100 ticks at 10 ms": (("test_flow.py", "test_a_hundred_ticks_at_ten_ms_are_540", (540,)),),
    "reed ticks 4.488 s apart": (
        ("test_flow.py", "test_reed_ticks_4488_ms_apart_are_one_gallon_a_minute", (99, 100)),
    ),
    "load and RSWT at 20 F, COP at 30 F": (
        (
            "test_vectors_bus.py",
            "test_the_heat_the_house_needs_at_20_f_and_what_a_kilowatt_gives_at_30_f",
            (3.5, 128.75, 1.791),
        ),
    ),
}
"""Vector -> where it is held: file, test or table, and the numbers that must stand there."""


def constants(file: str, name: str) -> set[object]:
    """Every constant, and tuple of constants, of a test (its cases too) or of a table."""
    found: set[object] = set()
    for node in ast.parse((FOLDER / file).read_text(encoding="utf-8")).body:
        named = isinstance(node, ast.FunctionDef) and node.name == name
        table = isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name
        if not (named or table):
            continue
        for each in ast.walk(node):
            if isinstance(each, ast.Constant):
                found.add(each.value)
            elif isinstance(each, ast.Tuple) and all(isinstance(e, ast.Constant) for e in each.elts):
                found.add(ast.literal_eval(each))
    return found


@pytest.mark.parametrize("vector", VECTORS)
def test_the_vector_is_held_where_the_list_says(vector: str) -> None:
    for file, name, numbers in VECTORS[vector]:
        missing = set(numbers) - constants(file, name)
        assert not missing, f"{file}: {name} no longer holds {missing}"
