"""The kernel: event store, feed, inbox, vault, identity, settings and the gRPC host that services share."""
