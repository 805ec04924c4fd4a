"""Twilio's doors: check the signature, read the form, call one service, answer at once."""
