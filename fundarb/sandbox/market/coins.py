"""What is traded: an underlying with its perp and spot, how long it lives and how its funding interval goes."""

from __future__ import annotations

from dataclasses import dataclass

from fundarb.sandbox.market.source import EPOCH_MS

NOTICE_MS = 72 * 3_600_000  # before a perp leaves, its delivery time is announced
SPOT_STAYS_MS = 7 * 86_400_000  # the spot market outlives the perp by so much


@dataclass(frozen=True, slots=True)
class Coin:
    """One underlying and its markets. Price and turnover (a day, of the perp, in USDT) are those it starts around."""

    name: str  # as spot calls it: PEPE
    price: float
    turnover: float
    multiplier: int = 1  # how many of it one unit of the perp is: 1000 of 1000PEPEUSDT
    major: bool = False  # moves with the market, hits no cap, keeps its interval
    spot: bool = True
    perp: bool = True
    kind: str = ""  # symbolType
    swing: float = 1.0  # how much it moves: 1 as a coin does, 0 as what is pegged
    cap: float = 0.02  # of a funding rate, per interval
    interval_h: int = 8
    calm_h: int = 4  # the interval after an hourly time is over
    plan: tuple[tuple[int, int], ...] = ()  # (from, hours): intervals that are set rather than made by caps
    launch_ms: int = EPOCH_MS
    announced_ms: int | None = None  # None: at launch
    gone_ms: int | None = None
    dated: tuple[int, ...] = ()  # when its dated futures deliver

    def __hash__(self) -> int:
        return hash(self.name)

    @property
    def perp_base(self) -> str:
        """What the perp calls it: 1000PEPE."""
        return self.name if self.multiplier == 1 else f"{self.multiplier}{self.name}"

    @property
    def switches(self) -> bool:
        """Whether a settlement at the cap makes its funding hourly."""
        return not self.major and not self.plan and self.interval_h > 1
