"""Recompute reference cases of meta-analysis, one module per group of families."""
