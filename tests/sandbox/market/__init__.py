"""The market behind the exchange: what it is made of, and that its answers agree with each other."""
