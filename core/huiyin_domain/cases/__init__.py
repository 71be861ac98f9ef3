"""Cases over all logs: what the stream folds keep of each, and in which order a case's events are told."""
