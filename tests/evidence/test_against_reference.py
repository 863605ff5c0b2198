"""A spread of outside reference values; the whole file is checked by validation/meta_reference.py."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from epsom.evidence.effects.sizes import effect_sizes
from epsom.evidence.effects.two_by_two import Table
from epsom.evidence.pooling.fixed_tables import mantel_haenszel
from epsom.evidence.pooling.pool import pool
from tests.shared_data import shared

ROOT = Path(__file__).resolve().parents[2]
EVERY = {"dose_response": 40, "glmm": 8, "bias": 30, "pooled": 20, "pooled_hksj": 20}

# Thirteen trials of BCG vaccine against tuberculosis (Colditz et al., JAMA 1994;271:698): events and sizes.
BCG = np.array([
    [4, 123, 11, 139], [6, 306, 29, 303], [3, 231, 11, 220], [62, 13598, 248, 12867], [33, 5069, 47, 5808],
    [180, 1541, 372, 1451], [8, 2545, 10, 629], [505, 88391, 499, 88391], [29, 7499, 45, 7277],
    [17, 1716, 65, 1665], [186, 50634, 141, 27338], [5, 2498, 3, 2341], [27, 16913, 29, 17854],
], dtype=float).T  # fmt: skip


def test_the_bcg_trials_give_the_published_odds_ratio_and_heterogeneity() -> None:
    e1, n1, e2, n2 = BCG
    effects = effect_sizes("OR", events1=e1, n1=n1, events2=e2, n2=n2)
    result = pool(effects.y, variance=effects.v, method="REML", test="z")
    # Values of the reference program run to full convergence.
    assert result.estimate == pytest.approx(-0.7451777708436949, rel=1e-9)
    assert result.tau2 == pytest.approx(0.3377720331122858, rel=1e-8)
    assert result.profile.tau2 == pytest.approx((0.13014911523838602, 1.1811857921569648), rel=1e-6)
    table = Table(e1, n1 - e1, e2, n2 - e2)
    assert mantel_haenszel(table).se == pytest.approx(0.04100777840423144, rel=1e-10)


def test_a_spread_of_reference_cases_passes() -> None:
    path = shared("reference", "meta_reference.json")
    sys.path.insert(0, str(ROOT / "validation"))
    try:
        from meta_reference import judge
    finally:
        sys.path.pop(0)
    seen: dict[str, int] = {}
    failed = {}
    for case in json.loads(path.read_text(encoding="utf-8"))["cases"]:
        count = seen[case["family"]] = seen.get(case["family"], -1) + 1
        if count % EVERY.get(case["family"], 12):
            continue
        verdict = judge(case, path.parent)
        if verdict.faults:
            failed[case["id"]] = verdict.faults
    assert failed == {}
    assert len(seen) == 18
