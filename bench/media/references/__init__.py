"""What our doors stand beside: the same work on other servers; imported by nobody."""
