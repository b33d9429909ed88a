"""What the house is: the typed model of one installation and its loader."""
