"""The exchange: what agency systems publish becomes commands, and each message gets its one receipt."""
