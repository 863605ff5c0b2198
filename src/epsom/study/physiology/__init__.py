"""Runs that ask whether the model behaves like a human body, beyond what single experiments show."""
