"""The decisions on a petition, a module for each chapter of its course."""
