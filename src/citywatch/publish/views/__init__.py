"""What each kind of page shows, worked out before any template runs."""
