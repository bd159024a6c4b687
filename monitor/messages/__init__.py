"""Messages to recipients: composed and stored when due, then sent; `content` is pure, `channels` is I/O, one a file."""
