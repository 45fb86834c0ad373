"""The only place that picks concrete classes and wires them: commands ask a submodule here and get ports and answers.

One file a job, imported from where it lives, so that a command brings in no more than it does.
"""
