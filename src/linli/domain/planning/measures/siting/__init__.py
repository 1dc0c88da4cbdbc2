"""From a situation and a question to places, with bound, gap and reasons."""
