"""How somebody stands with magnesium: intake, blood, loading test, depletion score, supplement, cautions."""
