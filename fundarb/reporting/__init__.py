"""Results as tables and pictures: data in, rows out, no output of its own."""
