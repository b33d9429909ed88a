"""The simulated house: a plant behind register-level boards, loaded only on demand."""
