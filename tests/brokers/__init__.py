"""Real and malicious brokers: what they do to the program, and what they never achieve."""
