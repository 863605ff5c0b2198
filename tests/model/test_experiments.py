"""First rough agreement with human experiments; the full comparison lives in validation/."""

from __future__ import annotations

import numpy as np
import pytest

from epsom.model.priors import uncertain_parameters
from epsom.model.records import parameters
from tests.model.lives import TRIAL_MAN, live


def _net(
    person: dict[str, float], change: dict[str, float], day: float, names: list[str]
) -> dict[str, float]:
    life = live([person, person], [{}, change], [0.0, day], names)
    difference = life.values[1, -1] - life.values[0, -1]
    return dict(zip(names, map(float, difference), strict=True))


def test_twelve_weeks_in_the_people_of_the_pooled_trials() -> None:
    """Zhang 2016: serum +0.05 (0.03 to 0.07) mmol/L, systolic -2.00 (-3.58 to -0.43) mmHg at 368 mg/day."""
    net = _net(dict(TRIAL_MAN), {"supplement": 368.0}, 84.0, ["serum_mg", "sbp", "urine_mg"])
    assert 0.03 <= net["serum_mg"] <= 0.07
    assert -3.6 <= net["sbp"] <= -0.4
    assert 1.2 <= net["urine_mg"] <= 1.9  # pooled trials: +1.52 (1.20 to 1.83) mmol/day


def test_replete_people_with_normal_pressure_hardly_respond() -> None:
    replete = {**TRIAL_MAN, "serum0": 0.88, "sbp0": 116.0, "dbp0": 74.0, "crp0": 0.8}
    net = _net(replete, {"supplement": 368.0}, 84.0, ["sbp", "crp", "homa_ir"])
    assert -1.0 < net["sbp"] <= 0.0
    assert abs(net["crp"]) < 0.05
    assert abs(net["homa_ir"]) < 0.05


def test_three_weeks_almost_without_magnesium() -> None:
    """Fatemi 1991: below 1 mEq/day for three weeks, serum 0.80 to 0.61 (SE 0.02); Ca and calcitriol fall."""
    person = {"serum0": 0.80, "intake0": 300.0, "age0": 30.0, "sbp0": 118.0, "dbp0": 75.0}
    life = live([person], [{"intake": 8.0}], [0.0, 21.0], ["serum_mg", "calcium", "calcitriol", "pth"])
    serum, calcium, calcitriol, pth = life.values[0, -1]
    assert serum == pytest.approx(0.61, abs=0.04)
    assert calcium == pytest.approx(2.31, abs=0.03)
    assert calcitriol == pytest.approx(43.0, abs=5.0)
    assert pth <= 28.0


def test_intake_moves_serum_by_a_small_elasticity() -> None:
    """Diet explains little of serum: about 0.02 mmol/L per 100 mg/day, an elasticity near 0.07."""
    person = {**TRIAL_MAN, "serum0": 0.83, "intake0": 320.0}
    diets = [150.0, 320.0, 350.0, 500.0]
    life = live([person] * 4, [{"intake": d} for d in diets], [0.0, 3650.0], ["serum_mg"])
    low, usual, more, high = life["serum_mg"][:, -1]
    elasticity = np.log(more / usual) / np.log(350.0 / 320.0)
    assert 0.04 < elasticity < 0.15
    assert 0.74 < low < 0.80
    assert 0.845 < high < 0.88


# A man of 40 with 118/75.
AGEING_MAN = {
    "age0": 40.0, "sbp0": 118.0, "dbp0": 75.0, "serum0": 0.84, "intake0": 320.0, "egfr0": 102.8,
    "cimt0": 0.55, "pwv_stated": 6.72, "fmd_stated": 6.6, "glucose0": 5.0, "hba1c0": 5.25,
}  # fmt: skip


def _priors() -> dict[str, float]:
    """Return the values that the specification was tested with."""
    return {name: parameters()[name].value for name in uncertain_parameters()}


def test_with_the_values_of_the_specification_decades_pass_as_it_says() -> None:
    life = live([{**AGEING_MAN, **_priors()}], [{}], [0.0, 3652.5, 7305.0, 10957.5], ["sbp"])
    assert life.values[0].T[0] == pytest.approx([118, 125, 131, 136], abs=1.0)


def test_decades_without_intervention_look_like_ageing() -> None:
    """Pressure, stiffness and wall rise, filtration and dilation fall (Framingham: systolic in a line)."""
    person = AGEING_MAN
    names = ["sbp", "dbp", "pwv", "cimt", "egfr", "fmd", "serum_mg"]
    life = live([person], [{}], [0.0, 3652.5, 7305.0, 10957.5], names)
    sbp, dbp, pwv, cimt, egfr, fmd, serum = life.values[0].T
    assert 12.0 < sbp[-1] - sbp[0] < 22.0  # 4 to 7 mmHg a decade
    assert np.diff(sbp).min() > 3.0
    assert dbp[-1] - dbp[0] == pytest.approx(3.0, abs=1.5)
    assert (np.diff(pwv) > 0.0).all()
    assert (np.diff(np.diff(pwv)) > 0.0).all()  # convex in age
    assert np.diff(cimt).mean() / 10 == pytest.approx(0.0105, abs=0.002)  # mm a year
    assert np.diff(egfr).mean() / 10 == pytest.approx(-0.8, abs=0.15)  # mL/min a year
    assert (np.diff(fmd) < 0.0).all()
    assert serum == pytest.approx([0.84] * 4, abs=0.01)


def test_severe_lack_starts_the_rodent_branch_and_marginal_lack_does_not() -> None:
    lives = live(
        [{**TRIAL_MAN, "serum0": 0.83}] * 2, [{"intake": 150.0}, {"intake": 20.0}], [0.0, 365.0],
        ["myocardial_infiltrate", "serum_mg"],
    )  # fmt: skip
    marginal, severe = lives["myocardial_infiltrate"][:, -1]
    assert marginal < 0.001
    assert severe < 0.05  # 20 mg/day: serum 0.5, still above the rodent threshold
