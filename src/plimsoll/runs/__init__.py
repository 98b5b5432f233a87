"""The run directory: written while a run goes on, read by whatever looks at it afterwards."""
