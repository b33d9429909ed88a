"""What a test needs of the machine it runs on: a skip with the reason at home, a failure in CI."""

from __future__ import annotations

import os

import pytest


def need(condition: object, reason: str) -> None:
    """Go on if `condition`; with CI=true nothing may be passed over."""
    if condition:
        return
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(f"CI=true, and {reason}")
    pytest.skip(reason)
