"""The fault model, row by row, on the whole program: what is injected, said, done, and how it ends."""
