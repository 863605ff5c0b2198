"""Pooling of one effect per study: estimators of heterogeneity, tests, intervals, moderators."""
