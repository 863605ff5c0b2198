"""Two independent sets of points that cover the parameter space evenly: scrambled Sobol points."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri
from scipy.stats import qmc

from epsom.base.arrays import FloatArray

BITS = 30  # of a Sobol point; a point is moved to the middle of its cell, so that none is 0 or 1


def paired_normal_points(seed: int, power: int, dimensions: int) -> tuple[FloatArray, FloatArray]:
    """Return two matrices of standard normal points, A and B (2**power, dimensions).

    Row k is a function of (seed, k, dimensions): it does not depend on how many rows there are.
    Points: Sobol 1967 with the direction numbers of Joe and Kuo 2008, scrambled (Matousek 1998). A and B
    are the two halves of points of twice the dimension, as Saltelli 2002 and 2010 prescribe.

    Examples
    --------
    >>> few, many = paired_normal_points(1, 3, 4), paired_normal_points(1, 5, 4)
    >>> bool((few[1] == many[1][:8]).all())
    True
    """
    points = qmc.Sobol(2 * dimensions, scramble=True, bits=BITS, rng=np.random.default_rng(seed))
    cells = points.random_base2(power) + 0.5 ** (BITS + 1)
    normal = np.asarray(ndtri(cells), dtype=np.float64)
    return normal[:, :dimensions], normal[:, dimensions:]
