"""From readings to a number of workers, explained. Pure: the time is in the readings; nothing here needs numerics."""
