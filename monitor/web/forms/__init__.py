"""What people type: forms as values, and drafts of those that were not stored."""
