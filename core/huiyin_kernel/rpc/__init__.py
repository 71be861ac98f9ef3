"""The gRPC host that every service shares: parsing, identity, deadlines, refusals, commands, feed."""
