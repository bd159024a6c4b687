"""Upkeep of a home: making it, its checks, disks, backups, metrics, and removing what must go."""
