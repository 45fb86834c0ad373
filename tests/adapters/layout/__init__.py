"""The import layout, in and out."""
