"""Core values turned into something to look at: terminal, JSON, JUnit, one HTML file."""
