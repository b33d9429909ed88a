"""Everything with a wire: buses, drivers, the rig, the dialer, the clock and the twin."""
