"""A complex sample: weights, strata and sampling units of all who were sampled."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import polars as pl

from epsom.base.errors import problem

F64 = npt.NDArray[np.float64]
Bool = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Design:
    """Describe how the people of a table were sampled.

    A part of the people (women over 60, say) is an indicator on this full design, never a shorter
    table: the number of sampling units in a stratum is a fact of the survey, not of the part.

    Parameters
    ----------
    weight
        People that each row stands for (n,); 0 where a row has no weight.
    unit
        Number of the primary sampling unit, 0 to units - 1 (n,).
    stratum_of_unit
        Number of the stratum of each unit (units,).
    units_in_stratum
        How many units each stratum holds (strata,).
    """

    weight: F64
    unit: npt.NDArray[np.int64]
    stratum_of_unit: npt.NDArray[np.int64]
    units_in_stratum: npt.NDArray[np.int64]

    @property
    def freedom(self) -> int:
        """Return the degrees of freedom: units less strata."""
        return len(self.stratum_of_unit) - len(self.units_in_stratum)

    def variance(self, scores: F64) -> F64:
        """Return the variance of the total of linearised scores.

        Sum over strata h of n_h / (n_h - 1) x sum over units of (z_hi - mean z_h)(...)', sampling of
        units taken as with replacement: Binder, Int Stat Rev 1983;51:279-292.

        Parameters
        ----------
        scores
            Weighted scores of each person (n,) or (n, k), zero outside the part.

        Returns
        -------
        numpy.ndarray
            Covariance (k, k), k = 1 for one score.
        """
        columns = scores.reshape(len(scores), -1)
        units = len(self.stratum_of_unit)
        totals = np.column_stack(
            [np.bincount(self.unit, weights=column, minlength=units) for column in columns.T]
        )
        count = self.units_in_stratum[self.stratum_of_unit][:, None]
        strata = len(self.units_in_stratum)
        means = (
            np.column_stack(
                [np.bincount(self.stratum_of_unit, weights=column, minlength=strata) for column in totals.T]
            )
            / self.units_in_stratum[:, None]
        )
        spread = totals - means[self.stratum_of_unit]
        result: F64 = (spread * (count / (count - 1.0))).T @ spread
        return result


def make_design(weight: npt.ArrayLike, strata: npt.ArrayLike, psu: npt.ArrayLike) -> Design:
    """Build a design from columns of all who were sampled.

    Parameters
    ----------
    weight
        Weights (n,), NaN or 0 for people without one.
    strata, psu
        Stratum and sampling unit of each person (n,); units are numbered within strata.

    Raises
    ------
    EpsomError
        ``E-DESIGN-LONELY`` when a stratum has one unit, so that no variance can be had.
    """
    pairs = np.column_stack([np.asarray(strata, dtype=np.float64), np.asarray(psu, dtype=np.float64)])
    units, unit = np.unique(pairs, axis=0, return_inverse=True)
    names, stratum_of_unit = np.unique(units[:, 0], return_inverse=True)
    count = np.bincount(stratum_of_unit)
    if (count < 2).any():
        raise problem("E-DESIGN-LONELY", field="strata", value=float(names[np.argmax(count < 2)]))
    return Design(
        np.nan_to_num(np.asarray(weight, dtype=np.float64)),
        unit.reshape(-1).astype(np.int64),
        stratum_of_unit.astype(np.int64),
        count.astype(np.int64),
    )


def column(people: pl.DataFrame, name: str) -> F64:
    """Return a column as numbers, NaN where missing or where the table lacks the column."""
    if name not in people.columns:
        return np.full(len(people), np.nan)
    return np.array(people[name].cast(pl.Float64).fill_null(np.nan).to_numpy())


@dataclass(frozen=True)
class Sample:
    """Hold a person table together with the design behind it.

    Parameters
    ----------
    people
        One row for everybody who was sampled.
    frame
        Design with all weights 1, from which `design` takes strata and units.
    """

    people: pl.DataFrame
    frame: Design
    _columns: dict[str, F64] = field(default_factory=dict, repr=False, compare=False)

    def design(self, weight: str) -> Design:
        """Return the design with one of the table's weights, such as ``wt_mec``."""
        return replace(self.frame, weight=np.nan_to_num(self.column(weight)))

    def column(self, name: str) -> F64:
        """Return a column as numbers, as `column` does; converted once, not to be written to."""
        if name not in self._columns:
            self._columns[name] = column(self.people, name)
            self._columns[name].flags.writeable = False
        return self._columns[name]

    def of_sex(self, sex: str) -> Bool:
        """Tell who is ``female`` or ``male``; everybody for ``all``."""
        if sex == "all":
            return np.ones(len(self.people), dtype=bool)
        return np.asarray((self.people["sex"] == sex).fill_null(False).to_numpy(), dtype=bool)


def read_sample(people: pl.DataFrame) -> Sample:
    """Return the sample of a person table.

    Raises
    ------
    EpsomError
        ``E-DESIGN-LONELY`` as from `make_design`.
    """
    return Sample(people, make_design(np.ones(len(people)), column(people, "strata"), column(people, "psu")))
