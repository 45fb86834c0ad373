"""The one loop: see, decide, check, act, write down; the same for backtest, paper and live."""
