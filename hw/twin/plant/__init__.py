"""The simulated house behind the contacts: tanks, heat pump, rooms, integrated at a fixed step of its own."""
