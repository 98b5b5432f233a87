"""Files of translations, read in constant memory: XLIFF 1.2 and 2, TMX, CSV."""
