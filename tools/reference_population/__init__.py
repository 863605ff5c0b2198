"""Steps of `tools/build_reference_population.py`."""
