"""Pictures of results, as text."""
