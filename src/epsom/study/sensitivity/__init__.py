"""Which parameters drive an outcome: Sobol indices over the spread of the parameter records."""
