"""What the speed claims rest on, runnable by anyone: `python -m bench`. Ratios against pgbench on the same server."""
