"""AssemblyAI, played: upload, transcripts, webhooks and streaming over loopback; words
come from the recogniser alone.
"""
