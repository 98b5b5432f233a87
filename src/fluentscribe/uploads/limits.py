"""What a request that hands files in may hold; beyond it the file, or the request, is refused."""

FILES_MAX = 10
FILE_BYTES_MAX = 50 * 2**20
TOTAL_BYTES_MAX = FILES_MAX * FILE_BYTES_MAX + 2**20  # boundaries and headers are the rest
NAME_CHARACTERS_MAX = 255
PART_HEADERS_MAX = 8
PART_HEADER_BYTES_MAX = 4_096  # of all headers of one part
BUFFER_BYTES = 2**18  # of each request, before it is written
IDLE_S = 30.0  # without a byte
RECEIVING_S = 900.0  # for the whole request
