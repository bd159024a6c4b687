"""Pure. People's decisions: their effect on items, who may see what, what reopens an item, what the matcher learns."""
