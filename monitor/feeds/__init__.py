"""Pure. When a feed is due, the state kept between visits, and its health."""
