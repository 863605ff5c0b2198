"""What every room shares: units, coded errors, translations, provenance. No domain logic."""
