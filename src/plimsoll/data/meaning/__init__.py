"""What a column means, told by names, types and comments."""
