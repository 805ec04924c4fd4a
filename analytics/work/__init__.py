"""The steps after a call: each looks at a call, does its work and says what became of it."""
