"""Sensor modules that post (tank, flow, heat meter): HTTP bodies in, readings out."""
