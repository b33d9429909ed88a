"""Tests of the simulated house and of the weather port."""
