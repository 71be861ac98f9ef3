"""Starting things on one machine: the embedded database, brokers, and the platform's own processes."""
