"""The intake service: petitions from registration to closing."""
