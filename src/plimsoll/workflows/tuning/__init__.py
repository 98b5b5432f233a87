"""Advice on a database: from its workload and its schema to a proved migration."""
