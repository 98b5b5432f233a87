"""Statistics that several systems need: resampling, tests, change points. Pure; chance is an argument."""
