"""The panel and numpy functions over it: causal, bounded, absent where history is missing."""
