"""More than indexes: statements to write differently, statistics, settings, partitions. Explained by numbers. Pure."""
