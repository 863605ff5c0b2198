"""What a result was made with: enough to make it again, byte for byte."""

from __future__ import annotations

import platform
from importlib.metadata import version
from typing import Any

from epsom import __version__
from epsom.model.assemble import model_hash
from epsom.model.posterior import posterior_hash
from epsom.study.forecast import ATOL, RTOL, Settings


def manifest(settings: Settings) -> dict[str, Any]:
    """Return model hash, seed, draws, solver and versions of a forecast."""
    return {
        "schema": "epsom/forecast/1",
        "epsom": __version__,
        "model": model_hash(),
        "interval": "posterior of the calibration, 5 to 95 %",
        "posterior": posterior_hash(),
        "draws": settings.draws,
        "seed": settings.seed,
        "engine": settings.engine,
        "rtol": RTOL,
        "atol": ATOL,
        "python": platform.python_version(),
        "numpy": version("numpy"),
        "scipy": version("scipy"),
    }
