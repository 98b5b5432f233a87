"""Analyses of runs: asked for by programs and pages, made one at a time in a process of their own."""
