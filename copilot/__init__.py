"""During the call: listening, suggesting and the desk."""
