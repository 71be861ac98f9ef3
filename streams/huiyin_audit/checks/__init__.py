"""The promises as checkers over a recorded history: pure functions, one file for each promise."""
