"""Whole runs: what they say, that they repeat, that they cannot see ahead."""
