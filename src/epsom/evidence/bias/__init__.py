"""Small-study effects and publication bias: tests, trim and fill, selection models."""
