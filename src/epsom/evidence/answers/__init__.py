"""From records to answers: one scale for each exposure, one count for each cohort, one grade at a time."""
