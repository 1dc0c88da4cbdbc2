"""The ends at which people and programs meet the domain. Faces hold no rules and do not know each other."""
