"""The load generator: scenario language, pacing, executors, engine, drivers, recorder."""
