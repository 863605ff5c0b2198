"""Tests of the human experiments that are kept as data."""
