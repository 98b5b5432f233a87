"""Which indexes might pay, by how plans come to rows. Pure."""
