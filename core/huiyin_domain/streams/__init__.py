"""What stream workers make of the case timeline: early warnings, hot issues, agencies' copies."""
