"""The relay: publishes logs, the timeline and dead letters on Kafka: in order, repeating, never skipping."""
