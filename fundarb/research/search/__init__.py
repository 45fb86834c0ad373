"""Searching: parameter sets in a defined order, run in a lane, every one of them recorded."""
