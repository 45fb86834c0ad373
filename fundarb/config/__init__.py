"""Configuration: composes the parameter classes that live with their owners; files, environment, origins; no secrets."""
