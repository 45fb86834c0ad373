"""What the exchange trades, as a function of time: made up from a seed, or replayed from a store."""
