"""From a situation to atoms, and from atoms to proposals of units."""
