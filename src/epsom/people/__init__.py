"""Who is simulated: people of a survey, of a file, or drawn from a reference population."""
