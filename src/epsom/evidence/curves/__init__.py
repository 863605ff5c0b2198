"""Dose-response meta-analysis: category covariances, curve shapes, one-stage and two-stage fits."""
