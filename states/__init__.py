"""What we decide: pure functions and tables over a frozen process image."""
