"""The machine: CPU, memory, pressure, disks, network, the container we are in, and processes."""
