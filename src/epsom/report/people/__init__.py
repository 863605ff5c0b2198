"""People's intake and status as text and tables."""
