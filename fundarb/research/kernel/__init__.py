"""The fast lane: the steps of the exact lane on float64 arrays, for many parameter sets; what a user acts on never comes
from here. A differential test and every sweep hold the two lanes together."""
