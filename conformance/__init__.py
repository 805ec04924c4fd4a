"""Calls with a known truth, for any tool that measures recordings; it measures nothing itself."""
