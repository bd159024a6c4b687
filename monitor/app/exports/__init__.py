"""Items, names and articles in the formats of other programs: tables and FollowTheMoney."""
