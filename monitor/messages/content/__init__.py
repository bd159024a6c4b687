"""Pure. What messages say: digests, alerts and reports as text, HTML or JSON."""
