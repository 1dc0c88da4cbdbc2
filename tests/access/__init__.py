"""Who may do what: an example of every endpoint, tried in every role."""
