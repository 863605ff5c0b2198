"""Imposed variables: what is held stays held, the rest follows, and the books still balance."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from epsom.base.errors import EpsomError
from epsom.engine.members import Members, Schedule
from epsom.engine.registry import engine
from epsom.engine.start import initial_values, observe_start
from epsom.model.clamp import (
    can_be_imposed,
    clamped_system,
    collisions,
    switch_inputs,
    through,
)
from epsom.model.system import epsom_system
from epsom.study.trial.read import read_trial
from epsom.study.trial.run import Settings, TrialRun, run_trial

HELD = ("adhesion", "cac", "constrictor_drive", "crp", "depletion", "egfr", "glucose", "homa_ir", "map")
HELD = (*HELD, "no", "ros", "serum_mg", "tnf")
TEXT = """schema = "epsom/trial/1"
title = "t"
source = {{ key = "k" }}
use = "check"
[population]
serum_mg_mmol_per_l = 0.75
[[arm]]
name = "plain"
[[arm]]
name = "held"
{arm}
[duration]
days = 60
"""
ROW = (
    '[[observed]]\noutcome = "{outcome}"\nat_days = {day}\nstatistic = "arm_{kind}"\narm = "{arm}"\n'
    "value = 1.0\nse = 1.0\n"
)


def _run(folder: Path, arm: str, *rows: tuple[str, float, str, str]) -> TrialRun:
    seen = "".join(ROW.format(outcome=o, day=d, kind=k, arm=a) for o, d, k, a in rows)
    path = folder / "t.toml"
    path.write_text(TEXT.format(arm=arm) + seen)
    return run_trial(read_trial(path), engine("simd"), Settings(people=4, draws=3))


def test_every_formula_of_a_clamp_holds_at_rest() -> None:
    """Imposing the value at rest on all forms of a quantity changes nothing: the forms agree."""
    system = clamped_system(HELD)
    schedule = Schedule(
        tuple(name for held in HELD for name in switch_inputs(held)),
        np.zeros((1, 1)),
        np.array([[[1.0, 0.0, 1.0] * len(HELD)]]),
    )
    targets = [target for held in HELD for target in through(held)]
    free = epsom_system()
    rest = observe_start(free, initial_values(free, Members.of(free, 1)), targets)
    members = Members.of(system, 1, schedule=schedule)
    solved = engine("simd").solve(system, members, np.array([0.0, 1e-3]), observe=targets)
    assert solved.status.tolist() == [0]
    np.testing.assert_allclose(solved.values[0, 1], rest[0], rtol=1e-7, atol=1e-7)


def test_a_clamp_that_is_off_changes_nothing() -> None:
    free, system = epsom_system(), clamped_system(HELD)
    times, names = np.array([1.0, 30.0, 365.0]), ["serum_mg", "map", "glucose", "cimt", "body_mg"]
    plain = engine("reference").solve(free, Members.of(free, 1), times, observe=names)
    off = engine("reference").solve(system, Members.of(system, 1), times, observe=names)
    np.testing.assert_allclose(off.values, plain.values, rtol=1e-9)


def test_held_serum_is_held_and_then_let_go(tmp_path: Path) -> None:
    arm = "[[arm.phase]]\ndays = 20\nclamp = { serum_mg = 1.0 }\n[[arm.phase]]\ndays = 40\n"
    run = _run(
        tmp_path,
        arm,
        ("serum_mg", 0.01, "value", "held"),
        ("serum_mg", 20.0, "value", "held"),
        ("serum_mg", 60.0, "value", "held"),
        ("serum_mg", 60.0, "value", "plain"),
        ("urine_mg", 20.0, "change", "held"),
    )
    early, late, after, plain, urine = (row.model for row in run.rows)
    assert early == pytest.approx(1.0, abs=1e-6)
    assert late == pytest.approx(1.0, abs=1e-9)
    assert plain < after < 0.85  # tissue that was filled gives back slowly
    assert urine > 1.0
    assert all(arm.residual < 1e-9 for arm in run.arms)


def test_pressure_held_at_rest_stops_what_goes_through_pressure_only(tmp_path: Path) -> None:
    arm = "supplement_mg_per_day = 400\nclamp = { map = { times_baseline = 1 } }\n"
    rows = [(o, 60.0, "change", "held") for o in ("map", "pwv", "serum_mg")]
    run = _run(tmp_path, arm, *rows, ("map", 60.0, "value", "plain"))
    held, pwv, serum, _ = run.rows
    assert held.model == pytest.approx(0.0, abs=1e-9)
    assert np.allclose(held.draws, 0.0, atol=1e-9)
    assert pwv.model < -0.01  # by depletion, without pressure
    assert serum.model > 0.02


def test_a_raised_pressure_stiffens(tmp_path: Path) -> None:
    arm = "clamp = { map = { times_baseline = 1.2 } }\n"
    seen = [("pwv", 60.0, "ratio", "held"), ("sbp", 60.0, "change", "held"), ("sbp", 60.0, "value", "plain")]
    pwv, sbp, _ = _run(tmp_path, arm, *seen).rows
    assert pwv.model > 1.02
    assert sbp.model > 15.0


def test_a_value_may_be_given_in_another_unit(tmp_path: Path) -> None:
    arm = 'clamp = { glucose = { value = 180, unit = "mg/dL" } }\n'
    rows = [(o, 60.0, "value", "held") for o in ("glucose", "hba1c")]
    glucose, hba1c, plain = _run(tmp_path, arm, *rows, ("hba1c", 60.0, "value", "plain")).rows
    assert glucose.model == pytest.approx(180 * 0.055507)
    assert hba1c.model > plain.model + 0.5


def test_parameters_and_bookkeeping_cannot_be_imposed() -> None:
    names = can_be_imposed()
    assert {"serum_mg", "glucose", "insulin", "map", "crp", "no"} <= set(names)
    assert not {"k_F", "tau_P", "serum0", "urine_mg_total", "absorbed_mg_total", "intake"} & set(names)
    assert collisions(("serum_mg", "glucose", "ionised_mg")) == ("ionised_mg", "serum_mg")


@pytest.mark.parametrize(
    ("clamp", "code", "key"),
    [
        ("{ mood = 1 }", "E-TRIAL-CLAMP", "clamp.mood"),
        ("{ k_F = 1 }", "E-TRIAL-CLAMP", "clamp.k_F"),
        ('{ glucose = "low" }', "E-TRIAL-CLAMP-VALUE", "clamp.glucose"),
        ("{ glucose = true }", "E-TRIAL-CLAMP-VALUE", "clamp.glucose"),
        ("{ glucose = nan }", "E-TRIAL-CLAMP-VALUE", "clamp.glucose"),
        ("{ glucose = { value = 5 } }", "E-TRIAL-CLAMP-VALUE", "clamp.glucose"),
        ("{ glucose = 90 }", "E-TRIAL-CLAMP-RANGE", "clamp.glucose"),
        ("{ map = -1 }", "E-TRIAL-CLAMP-RANGE", "clamp.map"),
        ("{ map = { times_baseline = 0 } }", "E-TRIAL-CLAMP-RANGE", "clamp.map"),
        ('{ glucose = { value = 5, unit = "stone" } }', "E-UNIT", "clamp.glucose"),
        ("{ serum_mg = 1, ionised_mg = 0.6 }", "E-TRIAL-CLAMP-TWICE", "clamp"),
        ("3", "E-TRIAL-CLAMP-VALUE", "clamp"),
    ],
)
def test_a_clamp_that_means_nothing_is_refused(tmp_path: Path, clamp: str, code: str, key: str) -> None:
    with pytest.raises(EpsomError) as caught:
        _run(tmp_path, f"clamp = {clamp}", ("map", 60.0, "value", "held"), ("map", 60.0, "value", "plain"))
    (fault,) = caught.value.problems
    assert (fault.code, fault.field) == (code, f"arm.held.{key}")
    assert fault.file == str(tmp_path / "t.toml")
