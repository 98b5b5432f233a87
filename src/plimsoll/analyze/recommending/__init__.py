"""What to do about findings, a file a layer: finding and evidence in, recommendations out. Pure."""
