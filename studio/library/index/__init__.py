"""The history's database: its tables, its rows, and what is asked of them."""
