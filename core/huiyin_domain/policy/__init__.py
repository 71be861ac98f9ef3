"""Policy that the log lays down over what is shipped: each application is one event."""
