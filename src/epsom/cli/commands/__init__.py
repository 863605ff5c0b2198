"""One module per command, found by name; only the chosen one is imported.

A command module has ``add_arguments(parser, t)`` and ``run(args, t) -> int``; its one-line
summary is the text ``cli.<name>.summary``. A name with an underscore shows with a hyphen.
"""
