"""OpenAI: live transcription, writing, speech and embeddings."""
