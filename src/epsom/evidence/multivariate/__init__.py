"""Multivariate random-effects models: one likelihood for several outcomes and for dose-response curves."""
