"""Values of units: the rules, the figures of a proposal, what is kept."""
