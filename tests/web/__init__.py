"""The dashboard: its doors, its pages, its live parts, its one job."""
