"""The system as a model: SBML and Antimony in, the engine's intermediate form out."""
