"""Twilio: calls, conferences, streams, recordings, tokens and signatures."""
