"""What a file may hold at most. Each bound is far above what real files have; beyond it a file is refused."""

UNITS_MAX = 500_000
SEGMENT_CHARACTERS_MAX = 100_000  # plain text of one side, and its tags' markup as much again
DEPTH_MAX = 100  # elements within each other
ATTRIBUTE_CHARACTERS_MAX = 32_768  # Trados keeps encoded settings in attributes, some of a few thousand
ID_CHARACTERS_MAX = 1_000
PROLOG_BYTES_MAX = 262_144  # before the root element: the declaration, comments, the document type
TAG_BYTES_MAX = 1_048_576  # from "<" to ">": some 100,000 attributes, which the parser holds at once
MARKS_BETWEEN_MAX = 250_000  # "<" from one unit to the next: up to 80 MB as parsed elements with a namespace each
CHUNK_BYTES = 65_536
