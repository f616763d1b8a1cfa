"""Taking an order: inquiries, holds and orders, from the body that came in to the answer that goes out."""
