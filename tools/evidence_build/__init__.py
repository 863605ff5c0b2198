"""Steps that turn the extraction tables of the evidence folder into the packaged evidence base."""
