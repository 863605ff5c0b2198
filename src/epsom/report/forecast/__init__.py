"""A forecast as words, as terminal text and as a page."""
