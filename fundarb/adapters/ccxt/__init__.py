"""An exchange through ccxt: strict about replies, paced by one authority, in fundarb's words at the edge.

Importing ccxt costs half a second and 100 MB, so only what opens a venue imports it."""
