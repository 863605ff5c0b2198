"""Epsom computes what magnesium does to the human heart and blood vessels."""

__version__ = "0.1.0"
