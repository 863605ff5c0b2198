"""From simulated arms to the number that a trial reports: change, net change, ratio, retention."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from epsom.base.arrays import FloatArray
from epsom.study.trial.file import Arm, Observed
from epsom.study.trial.inputs import infusion_window
from epsom.study.trial.lives import Life
from epsom.study.trial.outcomes import RETENTION, outputs


def statistic(row: Observed, lives: Mapping[str, Life], arms: Mapping[str, Arm]) -> FloatArray:
    """Return what the trial would report for each parameter set (n_sets,), the central values first."""
    if row.outcome == RETENTION:
        return _retention(row, lives, arms)
    name = outputs()[row.outcome].variable
    now, before = lives[row.arm].at(row.at_days, name), lives[row.arm].before(name)
    if row.statistic == "arm_value":
        return now
    if row.statistic == "arm_change":
        return now - before
    if row.statistic == "arm_ratio":
        return now / before
    if row.control is None:
        raise ValueError("a net statistic needs a control arm")
    other = lives[row.control]
    then, earlier = other.at(row.at_days, name), other.before(name)
    return (
        (now - before) - (then - earlier)
        if row.statistic == "net_change"
        else (now / before) / (then / earlier)
    )


def _retention(row: Observed, lives: Mapping[str, Life], arms: Mapping[str, Arm]) -> FloatArray:
    """Return the share of the infused load that was not excreted between its start and ``at_days``.

    What would have been excreted anyway is taken from the control arm, or from the rate before the load.
    """
    window = infusion_window(arms[row.arm])
    life = lives[row.arm]
    if window is None:
        return np.full(life.people.shape[1], np.nan)
    start, load = window
    excreted = life.at(row.at_days, "urine_mg_total") - life.at(start, "urine_mg_total")
    if row.control is not None:
        other = lives[row.control]
        usual = other.at(row.at_days, "urine_mg_total") - other.at(start, "urine_mg_total")
    else:
        usual = life.at(start, "urine_mg") * (row.at_days - start)
    return np.asarray(1.0 - (excreted - usual) / load)
