"""How the outside speaks: a folder per vendor that knows nothing of our apps."""
