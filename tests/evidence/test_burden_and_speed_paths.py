"""The conservative bound, and paths that exist for speed: they must give what the general path gives."""

from __future__ import annotations

import numpy as np
import pytest

from epsom.base.errors import EpsomError
from epsom.evidence import dose_response, pool
from epsom.evidence.curves.burden import burden_of_proof
from epsom.evidence.multivariate.blocks import make_blocks, whiten
from epsom.evidence.multivariate.likelihood import evaluate
from epsom.evidence.pooling import least_squares as ls
from tests.evidence.test_curve_laws import simulate


def test_the_bound_lies_between_the_mean_and_no_effect_or_beyond_it() -> None:
    result = dose_response(**simulate(5, 12, "ir"), shape="linear")
    bound = burden_of_proof(result, 200, 350, reference=150)
    assert np.all(bound.mean < 0)
    assert np.all(bound.bound > bound.mean)
    assert bound.score == pytest.approx(-np.mean(bound.bound))
    assert len(bound.trimmed) == int(0.1 * 36)
    untrimmed = burden_of_proof(result, 200, 350, reference=150, trim=0.0)
    assert untrimmed.trimmed == ()
    np.testing.assert_allclose(untrimmed.mean, result.predict(untrimmed.dose, 150).effect)


def test_the_bound_refuses_a_fit_without_random_effects() -> None:
    result = dose_response(**simulate(5, 4, "ir"), method="fixed")
    with pytest.raises(EpsomError):
        burden_of_proof(result, 200, 350, reference=150)


def test_the_intercept_path_equals_the_general_path() -> None:
    rng = np.random.default_rng(1)
    y, w = rng.standard_normal(20), rng.uniform(0.1, 5, 20)
    fast = ls.make_design(np.ones((20, 1)), ("intercept",))
    slow = ls.Design(fast.basis, fast.back, fast.log_det_xtx, fast.terms)
    one, other = ls.weighted_fit(fast, y, w), ls.weighted_fit(slow, y, w)
    for trace in (ls.trace_p, ls.trace_pp):
        assert trace(fast, one) == pytest.approx(trace(slow, other), rel=1e-12)
    assert one.rss == pytest.approx(other.rss, rel=1e-12)
    np.testing.assert_allclose(one.coefficients, other.coefficients, rtol=1e-12)


def test_the_likelihood_equals_the_textbook_form_with_whole_matrices() -> None:
    rng = np.random.default_rng(2)
    m, k, q = 6, 4, 2
    root = rng.standard_normal((m, k, k))
    s = root @ np.swapaxes(root, 1, 2) + 0.5 * np.eye(k)
    z, y = rng.standard_normal((m, k, q)), rng.standard_normal((m, k))
    blocks = make_blocks(whiten(y, s, z, np.full(m, k)))
    psi_root = np.array([[0.7, 0.0], [0.3, 0.4]])
    factor = blocks.scale @ psi_root
    sigma = s + z @ psi_root @ psi_root.T @ np.swapaxes(z, 1, 2)
    w = np.linalg.inv(sigma)
    normal = np.einsum("ikq,ikl,ilr->qr", z, w, z)
    beta = np.linalg.solve(normal, np.einsum("ikq,ikl,il->q", z, w, y))
    r = y - z @ beta
    rss = np.einsum("ik,ikl,il->", r, w, r)
    log_det = np.sum(np.linalg.slogdet(sigma)[1])
    ml = -0.5 * (m * k * np.log(2 * np.pi) + log_det + rss)
    reml = ml + 0.5 * q * np.log(2 * np.pi) - 0.5 * np.linalg.slogdet(normal)[1]
    assert evaluate(blocks, factor, restricted=False).value == pytest.approx(ml, rel=1e-12)
    at = evaluate(blocks, factor, restricted=True)
    assert at.value == pytest.approx(reml, rel=1e-12)
    np.testing.assert_allclose(blocks.back @ (blocks.start + at.shift), beta, rtol=1e-10)


def test_the_gradient_is_the_slope_of_the_likelihood() -> None:
    rng = np.random.default_rng(3)
    z, y = rng.standard_normal((5, 3, 2)), rng.standard_normal((5, 3))
    blocks = make_blocks(whiten(y, np.broadcast_to(np.eye(3), (5, 3, 3)).copy(), z, np.full(5, 3)))
    factor, h = np.array([[0.8, 0.0], [0.2, 0.5]]), 1e-6
    slope = evaluate(blocks, factor, restricted=True).slope @ factor
    for i, j in ((0, 0), (1, 0), (1, 1)):
        step = np.zeros((2, 2))
        step[i, j] = h
        up, down = (evaluate(blocks, factor + d, restricted=True).value for d in (step, -step))
        assert (up - down) / (2 * h) == pytest.approx(slope[i, j], rel=1e-5, abs=1e-7)


def test_names_are_numbers_when_none_are_given() -> None:
    assert pool([0.1, 0.2], se=[0.1, 0.1]).labels == ("1", "2")
