"""SBML and Antimony models of any origin, read as untrusted input into the engine's `System`."""

from epsom.model.sbml.antimony_text import antimony_to_sbml
from epsom.model.sbml.reader import read_model, read_sbml

__all__ = ["antimony_to_sbml", "read_model", "read_sbml"]
