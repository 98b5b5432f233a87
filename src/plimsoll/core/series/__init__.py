"""Series: what is watched over time. Their names and units, and how they are handed on and read back."""
