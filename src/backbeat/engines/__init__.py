"""Where engines differ, and nothing else: each file is the list of one engine's surprises."""
