"""Real Apache Kafka brokers (KRaft) from Maven's jars, run as children of this process: no containers."""
