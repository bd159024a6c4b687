"""Pure. What was done to the press: incidents, and the sentences that say so."""
