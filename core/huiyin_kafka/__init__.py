"""Apache Kafka in cluster mode: connection, names of topics, catalogue, wire form. Imported nowhere else."""
