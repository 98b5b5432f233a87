"""Files of a folder, delivered: for how long each may be kept, precompressed, and never one that nobody is to see."""
