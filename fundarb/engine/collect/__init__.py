"""Bringing the store up to date with a venue: what is missing is planned purely, asked page by page, and proved whole."""
