"""The nouns. Importing this package sets the decimal context of the process (see `money`).

Promised is the default context, which every thread started or first computing later takes, and that of the importing
thread. A thread that computed with decimals before keeps the context it had: so import this first, in the main thread.
"""

from fundarb.domain import money as money

money.install_context()
