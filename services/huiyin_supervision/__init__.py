"""The supervision service: clocks, lateness, orders."""
