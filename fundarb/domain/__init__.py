"""The nouns. Importing this package sets the decimal context of the process (see `money`)."""

from fundarb.domain import money as money

money.install_context()
