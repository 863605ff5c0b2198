"""The coefficients of the integration method, read from data."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

Rows = tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Tableau:
    """Hold a stiffly accurate Rosenbrock-Wanner method in its transformed form.

    Attributes
    ----------
    gamma, order
        Diagonal coefficient, and order of the solution that is carried on.
    a, c_matrix
        Coefficients of earlier increments in a stage's argument and right-hand side; row s has s
        entries. Rows of ``a`` for the last stages are absent: each adds the increment before it.
    nodes, time_weights
        Stage times as shares of the step, and weights of the time derivative.
    dense
        Coefficients of the increments in the three corrections of dense output.

    References
    ----------
    Steinebach (2023), doi 10.1007/s10543-023-00967-x.
    """

    order: int
    gamma: float
    a: Rows
    c_matrix: Rows
    nodes: tuple[float, ...]
    time_weights: tuple[float, ...]
    dense: Rows

    @property
    def stages(self) -> int:
        """Return the number of stages."""
        return len(self.nodes)


@cache
def rodas5p() -> Tableau:
    """Return the method of order 5 that the fast engine uses.

    Examples
    --------
    >>> rodas5p().stages
    8
    """
    text = files("epsom.engine.simd").joinpath("data", "rodas5p.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    return Tableau(
        data["order"], data["gamma"],
        tuple(map(tuple, data["a"])), tuple(map(tuple, data["C"])),
        tuple(data["c"]), tuple(data["d"]), tuple(map(tuple, data["H"])),
    )  # fmt: skip
