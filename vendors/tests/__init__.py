"""The vendors' adapters, tested against servers on real sockets."""
