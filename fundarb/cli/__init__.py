"""The command line: one file a command, mounted lazily by app.py; render.py alone writes to stdout."""
