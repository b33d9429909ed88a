"""Bent input for every parser: nothing but a counted refusal comes out, and nothing invalid is taken."""
