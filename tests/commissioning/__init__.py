"""The commands an installer uses on a house, on the twin of it."""
