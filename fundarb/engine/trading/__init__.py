"""Trading as it happens: views of a live market, when cycles fall, portfolios that outlive a process. Pure over ports."""
