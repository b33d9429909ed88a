"""The units of systemd, and what installing them does and undoes."""
