"""Filing: stored articles that name somebody go into stories and review items."""
