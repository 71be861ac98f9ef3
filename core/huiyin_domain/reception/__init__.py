"""Joint reception: centres, visits, joint meetings and their resolutions."""
