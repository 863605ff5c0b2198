"""The coefficients of Rodas5P satisfy the order conditions of Rosenbrock-Wanner methods."""

from __future__ import annotations

import numpy as np

from epsom.engine.simd.tableau import rodas5p


def _classical() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Undo the transformation (Hairer and Wanner II, section IV.7): b, alpha, beta and gamma rows."""
    tableau = rodas5p()
    n = tableau.stages
    a, c = np.zeros((n, n)), np.zeros((n, n))
    for row, values in enumerate(tableau.a):
        a[row, : len(values)] = values
    for row in range(len(tableau.a), n):
        a[row] = a[row - 1]
        a[row, row - 1] = 1.0
    for row, values in enumerate(tableau.c_matrix):
        c[row, : len(values)] = values
    gamma = np.linalg.inv(np.eye(n) / tableau.gamma - c)
    last = a[-1].copy()
    last[-1] = 1.0
    return last @ gamma, a @ gamma, a @ gamma + gamma, gamma


def test_order_conditions_up_to_five() -> None:
    """Hairer and Wanner II, table IV.7.1, and the conditions of order 5 for trees of that form."""
    b, alpha, beta, _ = _classical()
    one = np.ones(len(b))
    x, y = alpha @ one, beta @ one
    conditions = {
        "t1": (b.sum(), 1),
        "t2": (b @ y, 1 / 2),
        "t31": (b @ x**2, 1 / 3),
        "t32": (b @ beta @ y, 1 / 6),
        "t41": (b @ x**3, 1 / 4),
        "t42": (b @ (x * (alpha @ y)), 1 / 8),
        "t43": (b @ beta @ x**2, 1 / 12),
        "t44": (b @ beta @ beta @ y, 1 / 24),
        "t51": (b @ x**4, 1 / 5),
        "t52": (b @ (x**2 * (alpha @ y)), 1 / 10),
        "t53": (b @ (alpha @ y) ** 2, 1 / 20),
        "t54": (b @ (x * (alpha @ x**2)), 1 / 15),
        "t55": (b @ (x * (alpha @ beta @ y)), 1 / 30),
        "t56": (b @ beta @ x**3, 1 / 20),
        "t57": (b @ beta @ (x * (alpha @ y)), 1 / 40),
        "t58": (b @ beta @ beta @ x**2, 1 / 60),
        "t59": (b @ beta @ beta @ beta @ y, 1 / 120),
    }
    for name, (found, wanted) in conditions.items():
        assert abs(found - wanted) < 1e-12, name


def test_the_embedded_solution_has_order_four() -> None:
    b, alpha, beta, gamma = _classical()
    embedded = b - gamma[-1]  # the error estimate is the last increment
    x, y = alpha.sum(axis=1), beta.sum(axis=1)
    found = [
        embedded.sum(), embedded @ y, embedded @ x**2, embedded @ beta @ y, embedded @ x**3,
        embedded @ (x * (alpha @ y)), embedded @ beta @ x**2, embedded @ beta @ beta @ y,
    ]  # fmt: skip
    np.testing.assert_allclose(found, [1, 1 / 2, 1 / 3, 1 / 6, 1 / 4, 1 / 8, 1 / 12, 1 / 24], atol=1e-12)


def test_stage_times_and_time_weights_are_row_sums() -> None:
    _, alpha, _, gamma = _classical()
    tableau = rodas5p()
    np.testing.assert_allclose(alpha.sum(axis=1), tableau.nodes, atol=1e-12)
    np.testing.assert_allclose(gamma.sum(axis=1), tableau.time_weights, atol=1e-12)


def test_the_method_damps_infinitely_stiff_parts() -> None:
    """Stiffly accurate: the last row of beta is b, so R(infinity) = 0."""
    b, _, beta, _ = _classical()
    np.testing.assert_allclose(beta[-1], b, atol=1e-12)
