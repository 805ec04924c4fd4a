"""The call itself: legs, events, utterances, recordings, webhooks and the media socket."""
