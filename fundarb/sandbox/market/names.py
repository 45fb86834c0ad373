"""What the coins are called, and where they stood about the epoch: name, USDT of one."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

MAJORS = (("BTC", 16500.0), ("ETH", 1200.0))

_TRADED = """
SOL:10 XRP:0.34 DOGE:0.07 TIA:2.4 PEPE:0.0000011 ADA:0.25 SUI:1.2 AVAX:11 LINK:5.6 WIF:0.3
LTC:70 DOT:4.3 BCH:97 NEAR:1.3 APT:3.5 ARB:1.1 OP:0.9 SHIB:0.0000081 SATS:0.0000003 UNI:5.2
FIL:3 ATOM:9.4 ETC:15.7 TRX:0.055 INJ:1.3 SEI:0.2 ORDI:12 AAVE:52 STX:0.21 RUNE:1.3
1INCH:0.39 XLM:0.071 MKR:510 LDO:1 GALA:0.016 SAND:0.38 MANA:0.3 AXS:6 FTM:0.2 ALGO:0.17
HBAR:0.037 VET:0.016 ICP:3.9 GRT:0.054 DYDX:1.1 CRV:0.52 SNX:1.4 COMP:31 EGLD:33 FLOW:0.64
BONK:0.0000006 FLOKI:0.00001 JTO:2 PYTH:0.35 JUP:0.6 ENA:0.7 W:0.6 STRK:1.8 ETHFI:3 PENDLE:0.05
WLD:2.1 BLUR:0.5 CFX:0.022 ID:0.4 MAGIC:0.5 GMX:41 IMX:0.38 MASK:2.2 APE:3.6 CHZ:0.1
ENS:10 KAVA:0.54 ZIL:0.016 IOTA:0.17 NEO:6.3 QTUM:1.8 XTZ:0.72 EOS:0.86 DASH:42 ZEC:37
THETA:0.73 KSM:24 ROSE:0.034 ONE:0.011 CELO:0.48 ANKR:0.015 SKL:0.019 STORJ:0.25 BAT:0.17 ZRX:0.15
MOG:0.0000002 NOT:0.01 TON:2.2 BOME:0.01 ONDO:0.25 AR:6.1 RNDR:0.4 FET:0.09 AGIX:0.045 OCEAN:0.16
"""

# after the majors, by how much they are traded
KNOWN = tuple((name, float(price)) for name, price in (entry.split(":") for entry in _TRADED.split()))

MULTIPLIERS = {"PEPE": 1000, "SHIB": 1000, "BONK": 1000, "FLOKI": 1000, "SATS": 10_000, "MOG": 1_000_000}

_HEADS = ("Z", "KR", "V", "QU", "M", "PL", "GR", "X", "TH", "DR", "N", "BL")
_HEARTS = ("A", "E", "I", "O", "U", "Y", "AU", "EO")
_TAILS = ("LX", "NTO", "RIX", "MA", "PSE", "VEN", "GGO", "TUM", "SKA", "DIN", "FORA", "WEX")


def made_up() -> Iterator[str]:
    """Names that no coin has, more than a thousand, long ones last."""
    return (head + heart + tail for tail, heart, head in product(_TAILS, _HEARTS, _HEADS))
