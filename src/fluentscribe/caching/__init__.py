"""What is answered from memory: reads that many ask for, kept until a committed change has made them wrong."""
