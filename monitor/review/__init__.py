"""Pure. What people decide, who may know of what, what comes back, and what decisions teach."""
