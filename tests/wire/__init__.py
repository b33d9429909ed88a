"""Tests of the content of messages: codec, formats, axioms, oracles, recorder, conversation."""
