"""Days off and working days, by year, with where each year's data comes from."""
