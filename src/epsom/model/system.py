"""The model as an engine sees it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from epsom import __version__
from epsom.base.store import Store, cache_folder
from epsom.engine.packed import pack, unpack
from epsom.engine.system import System
from epsom.model.assemble import model_hash, sbml_text
from epsom.model.records import state_scales

# Raised when the SBML reader builds another system from the same text, so that kept ones are made anew.
REVISION = 2


def assemble_system() -> System:
    """Build the model in the engines' intermediate form from its text and records."""
    from epsom.model.sbml import read_sbml  # late: a kept model needs no SBML library

    system = read_sbml(sbml_text(), source="epsom")
    scales = state_scales()
    return replace(system, state_scale=np.array([scales[name] for name in system.states]))


@cache
def epsom_system() -> System:
    """Return the whole model in the engines' intermediate form, kept on disk between runs."""
    name = f"{model_hash()}-{__version__}-{REVISION}.json"
    store = Store(cache_folder("models"))
    kept = store.read(name)
    if kept is not None:
        return unpack(kept)
    system = assemble_system()
    store.write(name, pack(system))
    return system
