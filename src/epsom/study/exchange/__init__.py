"""The model for other programs: annotated SBML, a simulation in SED-ML, both in a COMBINE archive."""
