"""Study records, effect sizes, pooling, dose-response, bias and certainty."""
