"""Gate and sizes."""
