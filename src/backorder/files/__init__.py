"""Files of items, stock, orders and purchase orders: their rows, and how they are taken in and given out."""
