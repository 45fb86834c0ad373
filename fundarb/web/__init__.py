"""The dashboard (extra `web`): pages of what runs and what was run, in a process that trading does not need."""
