"""The engine held to semantics.md: by cases, by properties, and by a second implementation that shares no code with it."""
