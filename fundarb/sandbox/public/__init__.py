"""What anybody may ask of the exchange: a file a path, answered from a MarketSource in Bybit's shapes, quirks included."""
