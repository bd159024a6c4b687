"""Many machines on one PostgreSQL: the job engine procrastinate as a thin shell; the backlog stays in our tables."""
