"""All parameters together: the classes of their owners, composed once. This is what every command is configured with."""

from __future__ import annotations

from decimal import Decimal

from pydantic import Field

from fundarb.accounting.costs import CostParams
from fundarb.accounting.margin_params import MarginParams
from fundarb.config.fetch import FetchParams
from fundarb.config.notify import NotifyParams
from fundarb.config.schema import section_of, values
from fundarb.config.universe import UniverseParams
from fundarb.config.venue import VenueParams
from fundarb.engine.trade_params import TradeParams
from fundarb.parameters import Number, Parameters
from fundarb.research.backtest_params import BacktestParams
from fundarb.risk.limits import RiskParams
from fundarb.risk.sizing import SizingParams
from fundarb.strategy.params import StrategyParams

WITHOUT_EFFECT_ON_RESULTS = ("venue", "fetch", "trade", "notify")


class Settings(Parameters):
    """The whole configuration."""

    capital: Number = Field(
        Decimal(10_000), gt=0, description="quote currency a backtest or paper portfolio begins with"
    )
    strategy: StrategyParams = Field(default_factory=StrategyParams, description="when to hold which pair")
    sizing: SizingParams = Field(default_factory=SizingParams, description="how large a position is asked for")
    risk: RiskParams = Field(default_factory=RiskParams, description="what the gate lets through")
    margin: MarginParams = Field(default_factory=MarginParams, description="margin, liquidation and guard of the perp")
    costs: CostParams = Field(
        default_factory=CostParams, description="fees (fractions: 0.001 = 10 bp), slippage, and what idle cash earns"
    )
    backtest: BacktestParams = Field(default_factory=BacktestParams, description="of a backtest alone")
    universe: UniverseParams = Field(default_factory=UniverseParams, description="which pairs")
    venue: VenueParams = Field(default_factory=VenueParams, description="which exchange; fixed while trading")
    fetch: FetchParams = Field(default_factory=FetchParams, description="how history is brought in")
    trade: TradeParams = Field(default_factory=TradeParams, description="of trading alone (paper and live)")
    notify: NotifyParams = Field(default_factory=NotifyParams, description="who is told of what")

    def flat(self) -> dict[str, str | None]:
        """Path to canonical text (None: null) of all that can change a result, sorted: what `run_id` is made from.

        Everything but `venue`, `fetch`, `trade` and `notify`."""
        found = {
            leaf.path: leaf.text(value)
            for leaf, value in values(SCHEMA, self)
            if leaf.path.partition(".")[0] not in WITHOUT_EFFECT_ON_RESULTS
        }
        return dict(sorted(found.items()))


SCHEMA = section_of(Settings)
