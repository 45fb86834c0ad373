"""A local exchange that speaks Bybit v5 over HTTP, for rehearsal and tests; its money mathematics is an independent check.

It knows the domain and the ports and nothing else of fundarb, so that a mistake made there is not made here again."""
