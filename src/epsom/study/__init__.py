"""Studies from question to result: the only room that brings model, engine, people and evidence together."""
