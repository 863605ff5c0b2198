"""How many participants: the textbook where it applies, simulated trials where it does not."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from statsmodels.stats.power import TTestIndPower, TTestPower

from epsom.base.errors import EpsomError
from epsom.cli.main import main
from epsom.engine.registry import engine
from epsom.study.trial.analysis import Measured, found_in, spread
from epsom.study.trial.design import Design
from epsom.study.trial.measurement import measurements
from epsom.study.trial.outcomes import outputs
from epsom.study.trial.power import Plan, plan_trial
from epsom.study.trial.read import read_trial
from epsom.study.trial.run import Settings
from epsom.study.trial.t_test import TTest

FILE = """schema = "epsom/trial/1"
id = "planned"
title = "t"
use = "plan"
[population]
n = 120
sbp_mmhg = {{ mean = 145, sd = 10 }}
dbp_mmhg = {{ mean = 90, sd = 7 }}
intake_mg_per_day = {{ mean = 220, sd = 50 }}
[[arm]]
name = "placebo"
[[arm]]
name = "magnesium"
supplement_mg_per_day = {dose}
[duration]
days = 56
{design}
[[observed]]
outcome = "{outcome}"
statistic = "{statistic}"
arm = "magnesium"
control = "placebo"
{more}
"""
FEW = Settings(people=40, draws=8)


def _file(folder: Path, **changes: Any) -> Path:
    words = {"dose": 400, "design": "", "outcome": "sbp", "statistic": "net_change", "more": "", **changes}
    path = folder / "planned.toml"
    path.write_text(FILE.format(**words))
    return path


def _plan(folder: Path, asked: Design | None = None, **changes: Any) -> Plan:
    trial = read_trial(_file(folder, **changes), planned=True)
    return plan_trial(trial, engine("simd"), FEW, asked)


@settings(max_examples=25, deadline=None)
@given(st.floats(0.05, 3.0), st.floats(0.5, 0.95), st.floats(0.01, 0.2))
def test_two_groups_agree_with_the_textbook(effect: float, power: float, alpha: float) -> None:
    n = TTest(2, 2, alpha).people(effect, 1.0, power)
    assert n is not None
    here, before = (float(TTestIndPower().power(effect, k, alpha)) for k in (n, max(n - 1, 2)))
    assume(math.isfinite(here) and math.isfinite(before))  # the reference gives up on some large n
    assert here >= power - 1e-9
    assert n == 2 or before < power + 1e-9


@pytest.mark.parametrize("effect", [0.1, 0.3, 0.8])
def test_one_group_agrees_with_the_textbook(effect: float) -> None:
    n = TTest(1, 1, 0.05).people(effect, 1.0, 0.8)
    assert n == math.ceil(TTestPower().solve_power(effect, alpha=0.05, power=0.8))


def test_the_detectable_effect_is_the_one_with_the_wanted_power() -> None:
    test = TTest(2, 3, 0.05)
    effect = test.detectable(12.0, 40, 0.9)
    assert test.power(effect, 12.0, 40) == pytest.approx(0.9, abs=1e-9)


def test_no_effect_needs_no_number() -> None:
    test = TTest(2, 2, 0.05)
    assert test.people(0.0, 1.0, 0.8) is None
    assert test.power(0.0, 1.0, 100) == pytest.approx(0.05)


def _normal_people(error: float) -> Measured:
    # A normal outcome without a spread of responses: the quantiles of N(140, 10).
    before = np.array([140.0 + 10.0 * z for z in np.random.default_rng(1).standard_normal(4000)])
    return Measured(before, before - 4.0, before, error)


def test_a_normal_outcome_agrees_with_the_textbook() -> None:
    people, design = _normal_people(6.0), Design(analysis="final")
    total = math.hypot(float(np.std(people.before)), 6.0)
    assert spread(people, design) == pytest.approx(total)
    n = design.test.people(people.effect, spread(people, design), 0.8)
    assert n == math.ceil(TTestIndPower().solve_power(4.0 / total, alpha=0.05, power=0.8))


@pytest.mark.parametrize(
    "design", [Design(), Design(analysis="change"), Design(analysis="final"), Design(kind="crossover")]
)
def test_simulated_trials_find_what_the_formula_says(design: Design) -> None:
    people = _normal_people(9.0)
    n = design.test.people(people.effect, spread(people, design), 0.8)
    assert n is not None
    found, trials = found_in(people, design, n, 3000, 7)
    assert found / trials == pytest.approx(0.8, abs=4 * math.sqrt(0.16 / trials))  # four standard errors
    nothing = Measured(people.before, people.before, people.before, 9.0)
    found, trials = found_in(nothing, design, n, 3000, 7)
    assert found / trials == pytest.approx(0.05, abs=4 * math.sqrt(0.0475 / trials))


def test_ancova_needs_the_fewest_of_two_arms() -> None:
    people = _normal_people(9.0)
    found = {a: spread(people, Design(analysis=a)) for a in ("ancova", "change", "final")}
    # Borm 2007: the variance of ANCOVA is (1 - r^2) that of the final values.
    r = float(np.var(people.before)) / (float(np.var(people.before)) + 81.0)
    assert found["ancova"] == pytest.approx(found["final"] * math.sqrt(1.0 - r**2), rel=1e-9)
    assert found["ancova"] < min(found["change"], found["final"])


def test_a_plan_answers_with_numbers_that_fit_together(tmp_path: Path) -> None:
    plan = _plan(tmp_path, design="[design]\ndropout = 0.2")
    (answer,) = plan.answers
    assert answer.effect < 0.0
    assert answer.low < answer.effect < answer.high < 0.0
    assert answer.group is not None
    assert answer.total == 2 * answer.group
    assert answer.enrolled == 2 * math.ceil(answer.group / 0.8)
    assert answer.planned == 96
    assert answer.planned_power < 0.8
    assert answer.detectable > abs(answer.effect)
    assert answer.check is not None
    assert answer.check.found / answer.check.trials == pytest.approx(0.8, abs=0.06)
    assert np.all(np.diff(answer.curve.power) > -1e-12)
    at_needed = answer.curve.power[answer.curve.people.index(answer.total)]
    assert 0.8 <= at_needed < 0.81
    assert answer.planned in answer.curve.people
    assert all(arm.residual < 1e-9 for arm in plan.arms)


def test_better_measurement_needs_fewer_people(tmp_path: Path) -> None:
    office, home, three, own = (
        _plan(tmp_path, more=more).answers[0].group
        for more in ("", 'method = "home"', "readings = 3", "within_sd = 2.0")
    )
    assert office is not None
    assert home is not None
    assert three is not None
    assert own is not None
    assert own < home < office
    assert three < office


def test_a_crossover_sees_what_is_left_of_the_first_period(tmp_path: Path) -> None:
    short, long = (
        _plan(tmp_path, Design(kind="crossover", washout_days=days)).answers[0] for days in (0.0, 120.0)
    )
    parallel = _plan(tmp_path).answers[0]
    assert abs(short.effect) < abs(long.effect) <= abs(parallel.effect) * 1.02
    assert short.total is not None
    assert parallel.total is not None
    assert short.total < parallel.total


def test_a_ratio_is_planned_on_logarithms(tmp_path: Path) -> None:
    (crp,) = _plan(tmp_path, outcome="crp").answers
    assert crp.measurement.ratio
    assert -0.5 < crp.effect < 0.0
    (ratio,) = _plan(tmp_path, statistic="net_ratio").answers
    assert ratio.measurement.ratio
    assert ratio.error == pytest.approx(math.sqrt(math.log1p(0.086**2)))


def test_no_expected_difference_gets_words_and_no_number(tmp_path: Path, capsys: Any) -> None:
    path = str(_file(tmp_path, dose=0))
    arguments = ["trial", path, "--power", "--people", "10", "--draws", "4"]
    assert main(arguments) == 0
    assert "No number of participants will do" in capsys.readouterr().out
    assert main([*arguments, "--lang", "nl"]) == 0
    assert "geen enkel aantal deelnemers is genoeg" in capsys.readouterr().out
    assert main([*arguments, "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["power"]
    assert row["needed"] == {"per_group": None, "total": None, "to_enrol": None}


def test_options_replace_the_design_of_the_file(tmp_path: Path, capsys: Any) -> None:
    path = str(_file(tmp_path, design='[design]\nkind = "crossover"\npower = 0.9'))
    arguments = ["trial", path, "--power", "--people", "10", "--draws", "2", "--alpha", "0.01", "--json"]
    assert main(arguments) == 0
    (row,) = json.loads(capsys.readouterr().out)["power"]
    assert (row["design"]["kind"], row["design"]["power"], row["design"]["alpha"]) == ("crossover", 0.9, 0.01)
    assert {"power", "assurance", "participants"} == set(row["curve"][0])


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"design": "[design]\nkind = 'diagonal'"}, "E-CHOICE", "design.kind"),
        ({"design": "[design]\npower = 2"}, "E-RANGE", "design.power"),
        ({"design": "[design]\ndropout = true"}, "E-RANGE", "design.dropout"),
        ({"design": "[design]\nluck = 1"}, "E-KEY-UNKNOWN", "design.luck"),
        ({"design": "design = 3"}, "E-KEY-UNKNOWN", "duration.design"),
        ({"more": "readings = 0"}, "E-RANGE", "observed 1.readings"),
        ({"more": "within_sd = -1"}, "E-TRIAL-SE", "observed 1.within_sd"),
        ({"more": 'method = "guess"'}, "E-CHOICE", "observed 1.method"),
        ({"outcome": "vcam1"}, "E-TRIAL-WITHIN", "observed 1.within_sd"),
        ({"statistic": "arm_change"}, "E-TRIAL-NO-COMPARISON", "observed"),
    ],
)
def test_a_plan_that_cannot_be_made_is_refused(
    tmp_path: Path, changes: dict[str, Any], code: str, field: str
) -> None:
    with pytest.raises(EpsomError) as caught:
        _plan(tmp_path, **changes)
    assert [(p.code, p.field) for p in caught.value.problems] == [(code, field)]


def test_a_plan_is_not_compared_and_options_of_a_plan_need_one(tmp_path: Path, capsys: Any) -> None:
    path = str(_file(tmp_path))
    assert main(["trial", path]) == 2
    assert "--power" in capsys.readouterr().err
    assert main(["trial", path, "--alpha", "0.1"]) == 2
    assert "E-TRIAL-POWER-OPTION" in capsys.readouterr().err
    assert main(["trial", path, "--power", "--dropout", "1.5"]) == 2
    assert "--dropout" in capsys.readouterr().err


def test_every_measurement_is_of_an_outcome_and_has_a_source() -> None:
    assert set(measurements()) <= set(outputs())
    for ways in measurements().values():
        assert len({way.method for way in ways}) == len(ways)
        for way in ways:
            assert way.size > 0.0
            assert way.source
            assert way.seen in ("abstract", "memory")
            assert not way.doi or way.doi.startswith("10.")
