"""OpenAI, played: its HTTP and websocket interface over loopback, and a small rule-
based model behind it.
"""
