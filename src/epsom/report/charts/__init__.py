"""Charts as inline SVG, drawn by hand for their width.

Why not a plotting library: every mark here takes its colour from a CSS variable, so that one drawing
serves light, dark and print; the long dash means one thing only; text keeps its size on a phone because
a second, narrow drawing is made instead of a scaled one; and a report of a dozen figures stays under
200 kB without any script. A charting library writes colours and sizes into each mark, which undoes all
four. What looks must be shared with other figures (forest plots and the like, which do use a library) is
data in ``tokens.toml``.

Each chart is a frozen record of what it shows, with ``draw`` (SVG for a width), ``describe`` (the text
alternative) and ``table`` (its twin), all three from the same rows.
"""
