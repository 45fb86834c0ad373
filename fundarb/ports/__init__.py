"""The joints: Protocols that adapters fill and everything above them speaks through."""
