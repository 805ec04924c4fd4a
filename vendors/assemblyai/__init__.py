"""AssemblyAI: the transcript of a finished recording."""
