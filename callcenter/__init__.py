"""The wiring: settings, routes, processes. It imports everything and nobody imports it."""
