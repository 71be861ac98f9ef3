"""What stream workers make of the case timeline: counters, early warnings, hot issues, agencies' copies."""
