"""Risk: sizing, caps and the gate; the gate alone turns a request into an approved one."""
