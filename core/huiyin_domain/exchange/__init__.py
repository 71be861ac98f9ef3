"""What agency systems publish: which commands are carried, how a message is read, and how it is answered."""
