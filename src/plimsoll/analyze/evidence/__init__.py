"""What a diagnosis rests on: one value, made of a run that was read, cut to the stretch that matters."""
