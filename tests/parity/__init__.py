"""The same decisions through every wiring and both lanes."""
