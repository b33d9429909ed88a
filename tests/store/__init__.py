"""What must survive: the store, its writer, its files."""
