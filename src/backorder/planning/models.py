"""Planning keeps no tables yet: what it proposes follows from what orders are owed and what suppliers offer."""
