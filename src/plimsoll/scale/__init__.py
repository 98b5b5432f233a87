"""Workers that follow the load: how many there should be, why, and what that would have been on a recorded load."""
