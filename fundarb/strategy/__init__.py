"""Strategies: each file one idea, its parameters and `prepare(panel, params) -> Plan`; none of them acts."""
