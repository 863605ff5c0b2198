"""The formulas, one module a family of scores; each holds ``compute(inputs, constants)``.

A formula is a pure function on arrays: no units to guess, no limits to guard (`epsom.risk.scoring`
does that), and NaN in any input that it needs gives NaN out.
"""
