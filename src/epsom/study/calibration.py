"""Calibrate the model to its trials, check it against them, and write the posterior."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from epsom import __version__
from epsom.base.arrays import FloatArray
from epsom.base.errors import problem
from epsom.base.files import write_whole
from epsom.calibrate.diagnostics import effective_size, r_hat
from epsom.calibrate.discrepancy import kappas, scales
from epsom.calibrate.plan import Plan
from epsom.calibrate.procedure import Progress, chosen, sample
from epsom.engine.interface import Engine
from epsom.model.assemble import equations_hash
from epsom.model.posterior import DRAWS_FILE, RECORD_FILE, central_of, priors_hash
from epsom.model.priors import uncertain_parameters
from epsom.people.draws import standard_normal
from epsom.study.calibration_rows import CalibrationRows
from epsom.study.trial.file import Trial

SCHEMA = "epsom/posterior/1"
STATE_FILE = "calibration.state.npz"
LEVELS = (0.05, 0.5, 0.95)


@dataclass(frozen=True)
class Check:
    """Hold one posterior predictive check.

    Attributes
    ----------
    low, median, high
        The model's row over posterior draws, 5th, 50th and 95th percentile.
    z
        (median - observed) / standard error of the trial alone; distance to the range of a null result.
    p
        Share of replicated trials, with their error and the discrepancy, that lie below the observed value:
        near 0 or 1 means that the model cannot show what was seen.
    """

    trial: str
    outcome: str
    at_days: float
    statistic: str
    observed: float
    se: float
    low: float
    median: float
    high: float
    z: float
    p: float


@dataclass(frozen=True)
class Calibration:
    """Hold a posterior with its diagnostics and checks."""

    names: tuple[str, ...]
    draws: FloatArray
    r_hat: FloatArray
    effective_size: FloatArray
    accepted: float
    kappa: dict[str, float]
    checks: tuple[Check, ...]
    record: dict[str, Any]


def calibrate(
    trials: Sequence[Trial], engine: Engine, plan: Plan, out: Path, progress: Progress
) -> Calibration:
    """Draw from the posterior given the trials that are marked for calibration, and write it.

    Parameters
    ----------
    trials
        Trials; those marked ``check`` are left out.
    out
        Folder for the posterior; a killed run goes on from the state that it kept there.

    Raises
    ------
    EpsomError
        ``E-CALIBRATE-NOTHING`` when no trial is for calibration, ``E-WRITE`` when the folder cannot be
        written.
    """
    used = sorted((trial for trial in trials if trial.use == "calibrate"), key=lambda trial: trial.id)
    if not used:
        raise problem("E-CALIBRATE-NOTHING", field="use")
    out.mkdir(parents=True, exist_ok=True)
    rows = CalibrationRows.of(used, engine, few=plan.people, many=plan.crowd, seed=plan.seed, rtol=plan.rtol)
    recipe = {
        "schema": SCHEMA,
        "epsom": __version__,
        "equations": equations_hash(),
        "priors": priors_hash(),
        "trials": trials_hash(used),
        "n_trials": len(used),
        "n_rows": len(rows.target().observed),
        "engine": engine.name,
    }
    state = sample(rows, rows.target(), plan, out / STATE_FILE, recipe, progress)
    rows, chains = rows.with_correction(state.correction), state.chains
    names = (*uncertain_parameters(), *(f"kappa_{name}" for name in scales()))
    draws = chosen(chains, plan.draws).astype(np.float32)
    hats, sizes = r_hat(chains), effective_size(chains)
    accepted = state.ensemble.accepted if state.ensemble is not None else 0.0
    record = {
        **recipe,
        "plan": asdict(plan),
        "diagnostics": {
            "worst_r_hat": round(float(np.nanmax(hats)), 4),
            "smallest_effective_size": round(float(sizes.min()), 1),
            "accepted": round(accepted, 3),
            "kept_draws_of_all_chains": int(chains.shape[0] * chains.shape[1]),
        },
        "names": list(names),
        "central": central_of(draws[:, : len(uncertain_parameters())].astype(np.float64)),
    }
    checks = _checks(rows, draws.astype(np.float64), plan)
    _write(out, draws, record)
    n = len(uncertain_parameters())
    middle = kappas(np.median(draws[:, n:].astype(np.float64), axis=0))
    kappa = dict(zip(scales(), middle.tolist(), strict=True))
    return Calibration(names, draws.astype(np.float64), hats, sizes, accepted, kappa, checks, record)


def trials_hash(trials: Sequence[Trial]) -> str:
    """Return the SHA-256 of the trials' files, in the order of their names."""
    found = hashlib.sha256()
    for trial in trials:
        found.update(Path(trial.file).read_bytes())
    return found.hexdigest()


def _write(
    out: Path, draws: np.ndarray[tuple[int, ...], np.dtype[np.float32]], record: dict[str, Any]
) -> None:
    content = io.BytesIO()
    np.save(content, draws)
    write_whole(out / DRAWS_FILE, content.getvalue())
    write_whole(out / RECORD_FILE, json.dumps(record, indent=1, ensure_ascii=False) + "\n")
    (out / STATE_FILE).unlink(missing_ok=True)


def _checks(rows: CalibrationRows, draws: FloatArray, plan: Plan) -> tuple[Check, ...]:
    target = rows.target()
    parts = np.array_split(draws[:, : target.n_parameters], max(len(draws) // plan.chains, 1))
    predicted = np.vstack([rows.predict(part) for part in parts])
    address = np.arange(predicted.size).reshape(predicted.shape)
    noise = standard_normal(plan.seed, address, 0, "calibrate:replicate")
    replicated = predicted + target.spread(draws) * noise
    below = np.mean(replicated < target.observed, axis=0)
    low, median, high = np.quantile(predicted, LEVELS, axis=0)
    found = []
    observed = [(trial, row) for trial in rows.trials for row in trial.observed]
    for number, (trial, row) in enumerate(observed):
        seen = row.value if row.null is None else float(np.clip(median[number], *row.null))
        found.append(
            Check(
                trial=trial.id,
                outcome=row.outcome,
                at_days=row.at_days,
                statistic=row.statistic,
                observed=row.value,
                se=row.se,
                low=float(low[number]),
                median=float(median[number]),
                high=float(high[number]),
                z=(float(median[number]) - seen) / row.se,
                p=float(below[number]),
            )
        )
    return tuple(found)
