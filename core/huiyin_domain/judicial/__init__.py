"""The judicial-petition track (涉法涉诉)."""
