"""The tables of incidents: what they hold, how they are read, and the words by which they choose sentences."""
