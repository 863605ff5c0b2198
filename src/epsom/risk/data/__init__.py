"""Coefficients and fields, as data with their origin."""
