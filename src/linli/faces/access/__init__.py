"""Access: log-in, one's own account, accounts and terms, and the journal page."""
