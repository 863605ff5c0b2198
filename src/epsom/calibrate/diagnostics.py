"""Tell whether chains have converged: rank-normalised split R-hat and bulk effective sample size.

Vehtari, Gelman, Simpson, Carpenter and Buerkner 2021, doi:10.1214/20-BA1221.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri
from scipy.stats import rankdata

from epsom.base.arrays import FloatArray


def r_hat(chains: FloatArray) -> FloatArray:
    """Return the rank-normalised split R-hat of each quantity.

    Parameters
    ----------
    chains
        Draws (n_chains, n_draws, n).

    Returns
    -------
    ndarray
        The larger of the R-hats for location and for spread (n,); 1 when chains agree, NaN for a constant.

    Examples
    --------
    >>> same = np.random.default_rng(1).standard_normal((4, 500, 1))
    >>> bool(abs(r_hat(same)[0] - 1.0) < 0.01)
    True
    """
    split = _split(chains)
    folded = np.abs(split - np.median(split, axis=(0, 1)))
    return np.asarray(np.maximum(_potential(_ranked(split)), _potential(_ranked(folded))))


def effective_size(chains: FloatArray) -> FloatArray:
    """Return the bulk effective sample size of each quantity (n,).

    Parameters
    ----------
    chains
        Draws (n_chains, n_draws, n), at least eight a chain.

    Notes
    -----
    Autocorrelations are combined over chains and summed in pairs until a pair's sum turns negative, made
    monotone (Geyer 1992).
    """
    ranked = _ranked(_split(chains))
    n_chains, n_draws, n = ranked.shape
    covariance = _autocovariance(ranked)
    within = covariance[:, 0].mean(axis=0) * n_draws / (n_draws - 1.0)
    pooled = within * (n_draws - 1.0) / n_draws + ranked.mean(axis=1).var(axis=0, ddof=1)
    correlation = 1.0 - (within - covariance.mean(axis=0)) / pooled
    correlation[0] = 1.0
    pairs = correlation[: n_draws - n_draws % 2].reshape(-1, 2, n).sum(axis=1)
    positive = np.cumprod(pairs > 0.0, axis=0).astype(np.bool_)
    monotone = np.minimum.accumulate(np.where(positive, pairs, 0.0), axis=0)
    tau = np.maximum(-1.0 + 2.0 * monotone.sum(axis=0), 1.0 / np.log10(n_chains * n_draws))
    return np.asarray(n_chains * n_draws / tau)


def _split(chains: FloatArray) -> FloatArray:
    half = chains.shape[1] // 2
    return np.concatenate([chains[:, :half], chains[:, half : 2 * half]])


def _ranked(chains: FloatArray) -> FloatArray:
    """Return normal scores of the ranks over all chains together (n_chains, n_draws, n)."""
    n_chains, n_draws, n = chains.shape
    ranks = rankdata(chains.reshape(-1, n), axis=0)
    return np.asarray(ndtri((ranks - 0.375) / (n_chains * n_draws + 0.25))).reshape(chains.shape)


def _potential(chains: FloatArray) -> FloatArray:
    n_draws = chains.shape[1]
    within = chains.var(axis=1, ddof=1).mean(axis=0)
    between = chains.mean(axis=1).var(axis=0, ddof=1)
    constant = within <= 0.0
    ratio = (within * (n_draws - 1.0) / n_draws + between) / np.where(constant, 1.0, within)
    return np.where(constant, np.nan, np.sqrt(ratio))


def _autocovariance(chains: FloatArray) -> FloatArray:
    """Return autocovariances by lag (n_chains, n_draws, n)."""
    n_draws = chains.shape[1]
    centred = chains - chains.mean(axis=1, keepdims=True)
    spectrum = np.fft.rfft(centred, n=2 * n_draws, axis=1)
    power = np.fft.irfft(np.abs(spectrum) ** 2, n=2 * n_draws, axis=1)[:, :n_draws]
    return np.asarray(power / n_draws)
