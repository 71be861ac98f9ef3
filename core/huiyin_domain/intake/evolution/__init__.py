"""The rules of the petition's fold, a module for each stretch of its course."""
