"""What operators see of the machines that work on one database."""
