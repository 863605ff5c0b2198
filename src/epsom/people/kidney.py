"""Kidney function from serum creatinine."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_KAPPA = {"female": 0.7, "male": 0.9}  # mg/dL
_ALPHA = {"female": -0.241, "male": -0.302}


def egfr_ckd_epi_2021(
    creatinine: npt.ArrayLike, age: npt.ArrayLike, female: npt.ArrayLike
) -> npt.NDArray[np.float64]:
    """Estimate the glomerular filtration rate with CKD-EPI 2021, without race.

    142 x min(Scr/k, 1)^a x max(Scr/k, 1)^-1.200 x 0.9938^age x 1.012 if female, with k 0.7 (women)
    or 0.9 mg/dL (men) and a -0.241 or -0.302: Inker et al., N Engl J Med 2021;385:1737-1749.

    Parameters
    ----------
    creatinine
        Serum creatinine [mg/dL] (n,).
    age
        Age [year] (n,), adults.
    female
        True for women (n,).

    Returns
    -------
    numpy.ndarray
        eGFR [mL/min/1.73 m2] (n,).

    Examples
    --------
    >>> round(float(egfr_ckd_epi_2021(1.0, 50.0, True)), 1)
    68.6
    """
    women = np.asarray(female, dtype=bool)
    kappa = np.where(women, _KAPPA["female"], _KAPPA["male"])
    alpha = np.where(women, _ALPHA["female"], _ALPHA["male"])
    ratio = np.asarray(creatinine, dtype=np.float64) / kappa
    shape = np.minimum(ratio, 1.0) ** alpha * np.maximum(ratio, 1.0) ** -1.200
    result: npt.NDArray[np.float64] = (
        142.0 * shape * 0.9938 ** np.asarray(age, dtype=np.float64) * np.where(women, 1.012, 1.0)
    )
    return result
