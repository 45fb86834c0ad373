"""SQLite behind the ports: one file for market data, journal and runs. Nothing else opens the database."""
