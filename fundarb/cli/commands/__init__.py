"""One file a command: `run` is the command, its docstring the help. Nothing heavy is imported before it runs."""
