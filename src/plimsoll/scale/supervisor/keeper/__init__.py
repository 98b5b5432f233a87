"""The keeper: the process that holds listening sockets and children. Standard library only; see `program.py`."""
