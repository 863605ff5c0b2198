"""The reference population: synthetic adults of the USA and the Netherlands, drawn without a download.

How it was made: ``tools/build_reference_population.py``. How well it fits: ``validation/population_fit.py``.
"""
