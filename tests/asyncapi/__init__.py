"""Generates docs/asyncapi.yaml from the catalogue of topics and the contracts, and checks it."""
