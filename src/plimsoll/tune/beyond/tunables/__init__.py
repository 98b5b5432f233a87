"""Settings of the server and of tables that the workload suffers from, one kind a module. Pure."""
