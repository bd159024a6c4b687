"""The watched names at the desk: what one viewer keeps of them, tries on texts, and reads at once."""
