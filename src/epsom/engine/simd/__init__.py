"""The fast engine: one member per vector lane, from generated machine code (see docs/en/simd.md)."""
