"""Files on their way in: from the socket onto the disk, and from there into the database."""
