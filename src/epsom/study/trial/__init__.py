"""Human experiments as data: read a trial file, simulate its people and arms, compare."""
