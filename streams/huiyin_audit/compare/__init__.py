"""Comparing Kafka with the store, record by record and in both directions, and folding what stands on Kafka.

`topic` judges the records of one topic against the rows that they are made of, `rows` reads those rows,
`run` reads both. Only `run` needs brokers.
"""
