"""Items and how each may be promised; substitutes, kits, locations, calendars, carrier services."""
