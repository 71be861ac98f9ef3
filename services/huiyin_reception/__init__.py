"""The reception service: centres, visits, joint meetings."""
