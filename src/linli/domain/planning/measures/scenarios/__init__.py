"""What edits mean in a situation, and what they change: the slow way and the fast one."""
