"""The comparison of a validation script: strict to the printed digit, and blind to nothing."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "validation"))

import nhanes_reference

_THEIRS = {
    "intake": {
        "men": {"mean": 12.3456, "n": 10, "p": {"5": 1.5}},
        "women": {"mean": 11.2, "n": 9, "p": {"5": 2.25}},
    }
}
_DIGITS = nhanes_reference.decimals({"c": _THEIRS})


def _ours(mean: float | None = 12.34561, women: float = 11.20004) -> dict[str, object]:
    men = {"n": 10, "p": {"5": 1.504}} | ({} if mean is None else {"mean": mean})
    return {"intake": {"men": men, "women": {"mean": women, "n": 9, "p": {"5": 2.25}}}}


def test_all_numbers_count() -> None:
    found = nhanes_reference.compare(_ours(), _THEIRS, _DIGITS)
    assert (found["passed"], found["failed"], found["skipped"]) == (6, 0, 0)


@pytest.mark.parametrize(
    ("mean", "women"), [(12.34566, 11.2), (None, 11.2), (float("nan"), 11.2), (12.3456, 11.2001)]
)
def test_a_number_off_by_a_digit_or_missing_fails(mean: float | None, women: float) -> None:
    # 11.2 stands for 11.2000: its kind is printed with four decimals elsewhere.
    found = nhanes_reference.compare(_ours(mean, women), _THEIRS, _DIGITS)
    assert found["failed"] == 1
