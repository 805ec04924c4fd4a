"""Pure functions on samples: no I/O, no clock, no network."""
