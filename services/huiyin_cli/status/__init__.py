"""`huiyin status`: what runs, how far everything has come, and what is wrong."""
