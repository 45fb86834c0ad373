"""The kernel of the fast lane."""
