"""The system as Antimony text with its parameter records; SBML in and out; unit check; causal map."""
