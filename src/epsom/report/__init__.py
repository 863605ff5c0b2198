"""Figures, tables and plain-language text: the only room that imports a plotting library."""
