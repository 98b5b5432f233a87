"""The engine of one process, and the processes of one run."""
