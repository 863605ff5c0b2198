"""Who is simulated: people of a file, of a survey or drawn; typical values, addressed random draws."""
