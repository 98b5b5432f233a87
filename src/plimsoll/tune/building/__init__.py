"""Indexes built for real on a copy of the database, and hidden from its planner until they are wanted."""
