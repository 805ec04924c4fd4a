"""The integrator's API: authenticate, check what was sent, call one service, answer in JSON."""
