"""From a list of foods, as people write it, to magnesium."""
