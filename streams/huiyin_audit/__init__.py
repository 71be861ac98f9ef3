"""The audit: proves that nothing was altered or lost, judges recorded histories, and folds the logs again."""
