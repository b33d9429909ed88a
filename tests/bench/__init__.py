"""Measurements, shown and never asserted: `python -m tests.bench` lists them."""
