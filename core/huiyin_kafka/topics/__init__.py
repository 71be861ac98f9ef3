"""Topics, and who may use them: names, the catalogue, and how the brokers are made as it says."""
