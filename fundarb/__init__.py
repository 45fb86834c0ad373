"""fundarb: funding-rate arbitrage at the command line (buy spot, short the perpetual, collect funding)."""

__version__ = "0.1.0"
