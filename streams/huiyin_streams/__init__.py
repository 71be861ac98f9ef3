"""Stream folds over all logs, and the service that reads what they keep."""
