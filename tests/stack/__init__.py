"""Tests that look at the running call centre from outside; `make test` starts it."""
