"""What is coming: suppliers, purchase orders, dated supply and how its dates moved."""
