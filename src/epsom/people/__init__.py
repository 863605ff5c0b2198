"""Who is simulated: people of a file, of a survey or synthetic ones; typical values, addressed random draws."""
