"""The judicial service: litigation parts of matters."""
