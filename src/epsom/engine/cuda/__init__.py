"""The GPU engine: the fast engine's generated code, one member per thread (see docs/en/cuda.md)."""
