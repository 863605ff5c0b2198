"""Expression graph and ensembles of ordinary differential equations; knows no biology."""
