"""`composite`: a weighted score of carry and its circumstances, with rotation into better carry."""

from decimal import Decimal

from pydantic import Field

from fundarb.parameters import Flag, Number, Parameters


class Weights(Parameters):
    """What each component counts in the score; only their ratios matter, absent components are left out."""

    carry: Number = Field(Decimal("0.70"), gt=0, le=1000, description="forecast rate above the cost of idle capital")
    persistence: Number = Field(Decimal("0.08"), ge=0, le=1000, description="how long the rate has not been below zero")
    trend: Number = Field(Decimal("0.06"), ge=0, le=1000, description="the fast average of the rate above the slow one")
    stability: Number = Field(Decimal("0.08"), ge=0, le=1000, description="how little the rate scatters")
    basis: Number = Field(Decimal("0.08"), ge=0, le=1000, description="the perp's premium above its own average")
    volume: Number = Field(Decimal(0), ge=0, le=1000, description="the day's volume above that of the 30 days before")


class CompositeParams(Parameters):
    """Scores run from 0 to 1. `band` takes its score, weights and rotation from here too."""

    enter: Number = Field(Decimal("0.60"), ge=0, le=1, description="enter at a score of at least this")
    exit: Number = Field(Decimal("0.40"), ge=0, le=1, description="leave when the score is below this")
    weights: Weights = Field(default_factory=Weights)
    rotate: Flag = Field(
        True, description="when all slots are taken, replace the weakest held pair by a better one that earns the swap"
    )
