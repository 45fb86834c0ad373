"""The import layout: funding, candles and instruments as CSV, in and out, through the market ports only."""
