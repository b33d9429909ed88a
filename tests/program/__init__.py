"""Tests of the whole program: its ticks, its days, its restarts, its commands."""
