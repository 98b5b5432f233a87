"""The scenario language: what a scenario file declares, and what a journey is given."""
