"""The shipped posterior belongs to this model, these priors and these trials, and is used as it is."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from epsom.model.assemble import equations_hash
from epsom.model.posterior import DRAWS_FILE, calibrated, central_values, posterior, priors_hash
from epsom.model.priors import admissible, uncertain_parameters
from epsom.model.system import epsom_system
from epsom.study.calibration import trials_hash
from epsom.study.parameter_draws import draw_parameters
from epsom.study.trial.file import kept_out
from epsom.study.trial.read import read_trial

TRIALS = Path(__file__).resolve().parents[2] / "validation" / "trials"


def test_it_was_drawn_for_these_equations_priors_and_trials() -> None:
    record = posterior().record
    trials = [read_trial(path) for path in sorted(TRIALS.glob("*.toml")) if kept_out(path) is None]
    used = sorted((trial for trial in trials if trial.use == "calibrate"), key=lambda trial: trial.id)
    assert record["equations"] == equations_hash()
    assert record["priors"] == priors_hash()
    assert record["trials"] == trials_hash(used)
    assert record["n_rows"] == sum(len(trial.observed) for trial in used)


def test_its_chains_agreed_and_it_is_small() -> None:
    diagnostics = posterior().record["diagnostics"]
    page = (TRIALS.parents[1] / "docs" / "en" / "calibration.md").read_text("utf-8")
    assert f"worst R-hat {diagnostics['worst_r_hat']:.3f}" in page
    # Vehtari and others 2021: chains that agree, and 400 draws' worth for means and standard errors.
    assert diagnostics["worst_r_hat"] < 1.05
    assert diagnostics["smallest_effective_size"] > 400.0
    draws = files("epsom.model").joinpath("posterior", DRAWS_FILE).read_bytes()
    assert len(draws) < 1_000_000


def test_every_draw_is_inside_the_proven_range() -> None:
    found = posterior()
    assert found.names == uncertain_parameters()
    assert admissible(found.values, found.names).all()
    assert np.isfinite(found.values).all()


def test_the_model_runs_at_the_centre_of_the_draws() -> None:
    system = epsom_system()
    for name, value in central_values().items():
        # SBML text carries fifteen digits.
        assert system.defaults[system.parameter_index(name)] == pytest.approx(value, rel=1e-14)
        found = calibrated(name)
        assert found is not None
        assert found[1] < value < found[2]
    assert calibrated("mg_molar_mass") is None


def test_draws_come_without_repetition_and_do_not_depend_on_their_number() -> None:
    available = len(posterior().coordinates)
    few, all_of_them = draw_parameters(3, 10), draw_parameters(3, available + 5)
    assert np.array_equal(few.values, all_of_them.values[:10])
    assert len(np.unique(all_of_them.values[:available], axis=0)) == len(
        np.unique(posterior().values, axis=0)
    )
    assert np.array_equal(all_of_them.values[available:], all_of_them.values[:5])
