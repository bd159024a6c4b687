"""Evidence of an item in the hands of others: its pack, the daily seal with its time stamps, and exports of items."""
