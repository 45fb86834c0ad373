"""Statistics that say when a result is luck, one a file."""
