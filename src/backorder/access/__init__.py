"""Who may do what: API keys with scopes, their limits, and the answers already given to them."""
