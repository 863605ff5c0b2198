"""The evidence base: study records with provenance, how they are read, and which may count together."""
