"""The exchange's private side as plain objects: a customer's orders, positions, wallet and log, and the paths to them."""

from fundarb.sandbox.account.account import Account
from fundarb.sandbox.account.routes import routes
from fundarb.sandbox.account.settings import AccountSettings, FeeRates

__all__ = ["Account", "AccountSettings", "FeeRates", "routes"]
