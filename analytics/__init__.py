"""After the call: measures, transcripts, quality reports."""
