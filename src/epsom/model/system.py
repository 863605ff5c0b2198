"""The model as an engine sees it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from epsom.engine.system import System
from epsom.model.assemble import sbml_text
from epsom.model.records import state_scales
from epsom.model.sbml import read_sbml


@cache
def epsom_system() -> System:
    """Return the whole model in the engines' intermediate form."""
    system = read_sbml(sbml_text(), source="epsom")
    scales = state_scales()
    return replace(system, state_scale=np.array([scales[name] for name in system.states]))
