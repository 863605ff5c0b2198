"""Real survey people: read the public files, build one tidy table, estimate by design."""
