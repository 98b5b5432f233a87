"""Tables and indexes: what happened to them between two looks."""
