"""Risk: published scores, with coefficients as data and every assumption said aloud."""
