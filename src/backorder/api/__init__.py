"""The REST door: plural nouns, problem details, keys with scopes, import and export."""
