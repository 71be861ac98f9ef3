"""The keys of sealed data: the record of their destruction."""
