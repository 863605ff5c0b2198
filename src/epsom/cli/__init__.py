"""The command line: parse, call a study, show. Thin by contract."""
