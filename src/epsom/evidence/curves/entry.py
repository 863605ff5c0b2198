"""The one function that most users of dose-response data need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from numpy.typing import ArrayLike

from epsom.base.errors import EpsomError, Problem
from epsom.evidence.curves.covariances import covariance as fill_covariance
from epsom.evidence.curves.fit import Plan, fit_curve
from epsom.evidence.curves.means import EFFECTS, mean_contrasts
from epsom.evidence.curves.read import read_categories
from epsom.evidence.curves.result import DoseResponseResult
from epsom.evidence.curves.shapes import Shape, make_shape
from epsom.evidence.curves.studies import Contrasts
from epsom.evidence.pooling.moderators import design_columns

_MANY = 200  # studies from which the likelihood is smooth enough for a short search


def dose_response(
    study: Sequence[Any],
    dose: ArrayLike,
    estimate: ArrayLike,
    se: ArrayLike | None = None,
    *,
    cases: ArrayLike | None = None,
    n: ArrayLike | None = None,
    kind: Sequence[str] | str | None = None,
    sd: ArrayLike | None = None,
    reference: ArrayLike | None = None,
    covariance: str = "gl",
    without_counts: str = "refuse",
    shape: str | Shape = "linear",
    knots: Sequence[float] | None = None,
    stage: int = 1,
    method: str = "reml",
    moderators: Mapping[str, Mapping[str, Any]] | None = None,
    level: float = 0.95,
    starts: int | None = None,
) -> DoseResponseResult:
    """Pool dose-response curves over studies.

    Parameters
    ----------
    study
        Study of each row, (rows,); one row per dose category.
    dose
        [dose unit] and (rows,).
    estimate, se
        Log relative effect against the reference row and its standard error [-], (rows,); both 0 in the
        reference row. With ``sd``: arm means [outcome unit].
    cases, n, kind
        Counts for ``gl`` and ``hamling``; see `read.read_categories`.
    sd
        Arm standard deviations [outcome unit]: the outcome is continuous, ``n`` holds arm sizes and
        ``covariance`` names the effect (``md``, ``cohens``, ``hedges``, ``glass``).
    covariance
        ``gl``, ``hamling`` or ``independent``.
    without_counts
        ``refuse`` or ``independent``, for studies without counts.
    shape, knots
        ``linear``, ``quadratic``, ``cubic``, ``spline`` (restricted cubic), ``piecewise``, or a
        `shapes.Shape` such as `shapes.FractionalPolynomial`.
    stage
        1 (all contrasts in one mixed model) or 2 (study curves first).
    method
        ``fixed``, ``ml``, ``reml`` or ``mm`` (moments; two stages only).
    moderators
        Name -> study -> value: the curve's coefficients are regressed on them.
    level
        Coverage of the bands.
    starts
        Starts of the likelihood search; None: 4 for one coefficient or at least 200 studies, else 12.

    Returns
    -------
    DoseResponseResult

    Raises
    ------
    EpsomError
        See `read.read_categories`, `covariances.covariance` and `fit.fit_curve`.

    Examples
    --------
    >>> r = dose_response(
    ...     ["a", "a", "a", "b", "b"], [0, 5, 10, 0, 8], [0, 0.1, 0.3, 0, 0.2], [0, 0.1, 0.1, 0, 0.1],
    ...     covariance="independent", method="fixed")
    >>> round(float(r.predict(10).effect[0]), 3)
    0.267
    """
    if sd is not None:
        if n is None or covariance not in EFFECTS:
            expected = ", ".join(EFFECTS)
            raise EpsomError(Problem("E-EV-CHOICE", field="covariance", value=covariance, expected=expected))
        data = mean_contrasts(study, dose, estimate, sd, n, effect=covariance, reference=reference)
    else:
        if se is None:
            raise EpsomError(Problem("E-EV-ONE-OF", expected="se, sd"))
        rows = read_categories(study, dose, estimate, se, cases=cases, n=n, kind=kind, reference=reference)
        data = fill_covariance(rows, covariance, without_counts)
    curve = make_shape(shape, knots)
    count = starts or (4 if len(curve.terms) == 1 or data.m >= _MANY else 12)
    return fit_curve(data, curve, Plan(stage, method, level, count), _moderator_design(data, moderators))


def _moderator_design(data: Contrasts, moderators: Mapping[str, Mapping[str, Any]] | None) -> Any:
    if not moderators:
        return None
    listed: dict[str, list[Any]] = {}
    for name, values in moderators.items():
        missing = [study for study in data.ids if study not in values]
        if missing:
            raise EpsomError.of(
                Problem("E-EV-MODERATOR", field=name, details={"study": study}) for study in missing
            )
        listed[name] = [values[study] for study in data.ids]
    return design_columns(data.m, listed)
