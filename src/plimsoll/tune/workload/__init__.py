"""Where a workload comes from: files of SQL and logs of servers as statements. Pure."""
