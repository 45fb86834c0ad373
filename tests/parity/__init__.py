"""The same world through several ways of running it."""
