"""What a process tells about itself: logs, metrics and traces. None of them ever names a person."""
