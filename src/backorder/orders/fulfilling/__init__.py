"""What is released to the warehouse, shipped, short picked and returned."""
