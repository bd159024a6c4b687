"""Messages to recipients: who receives what over which channel, and what is composed, stored and sent when."""
