"""The outside world: each folder fills ports and knows no sibling."""
