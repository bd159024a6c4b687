"""The watched names: what one viewer keeps of them at the desk, tries on texts and reads at once, and taking back."""
