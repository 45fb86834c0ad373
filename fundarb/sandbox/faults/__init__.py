"""What goes wrong on purpose: rules read from a file or the control path, drawn for each request, counted as they fire."""
