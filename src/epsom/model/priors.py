"""Turn standard normal draws into parameter values, as the records' own spreads say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from epsom.base.arrays import BoolArray, FloatArray
from epsom.model.records import Parameter, parameters


def uncertain_parameters() -> tuple[str, ...]:
    """Return the names of the parameters that have a spread, in the order of the records."""
    return tuple(name for name, p in parameters().items() if p.prior != "fixed" and p.spread > 0.0)


def _transform(parameter: Parameter, z: FloatArray) -> FloatArray:
    value, spread = parameter.value, parameter.spread
    if parameter.prior == "normal":
        return value + spread * z
    if parameter.prior == "lognormal":
        # spread is the coefficient of variation; the record's value is the median.
        return np.asarray(value * np.exp(np.sqrt(np.log1p(spread**2)) * z))
    logit = np.log(value / (1.0 - value)) + spread * z
    return np.asarray(1.0 / (1.0 + np.exp(-logit)))


def from_standard_normal(z: FloatArray, names: Sequence[str]) -> FloatArray:
    """Transform standard normal draws to parameter values.

    Parameters
    ----------
    z
        Standard normal draws (n_draws, n_names).
    names
        Names of uncertain parameters.

    Returns
    -------
    ndarray
        Parameter values in the units of their records (n_draws, n_names).
    """
    records = parameters()
    columns = [_transform(records[name], z[:, index]) for index, name in enumerate(names)]
    return np.column_stack(columns) if columns else np.empty((len(z), 0))


def admissible(values: FloatArray, names: Sequence[str]) -> BoolArray:
    """Tell which draws keep the model inside its proven range.

    The depletion gate must stay smooth enough to integrate (s_m >= 0.025), the TNF to IL-6 elasticity
    at most 1 (the proof that inflammation cannot latch), and the loop depletion -> insulin resistance ->
    renal loss below 0.9 together with the renal recovery (no runaway); shares stay inside their bounds.

    Parameters
    ----------
    values
        Parameter values (n_draws, n_names).

    Returns
    -------
    ndarray
        True where the draw may be used (n_draws,).
    """
    records = parameters()
    columns: Mapping[str, FloatArray] = {name: values[:, i] for i, name in enumerate(names)}

    def value(name: str) -> FloatArray | float:
        return columns.get(name, records[name].value)

    loop_gain = value("r_T") + value("g_SI") * value("t_IR") / (
        4.0 * value("s_m") * value("S_uni") * value("uf")
    )
    inside = (
        (value("s_m") >= 0.025)
        & (value("e_6") <= 1.0)
        & (loop_gain < 0.9)
        & (value("h") < 1.0)
        & (value("uf") < 1.0)
        & (value("f_ion") < 1.0)
        & (value("klin") < value("f0"))
    )
    return np.broadcast_to(np.asarray(inside), len(values))
