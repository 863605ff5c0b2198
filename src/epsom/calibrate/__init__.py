"""Where evidence meets model: targets, likelihood, sampler, diagnostics, posterior."""
