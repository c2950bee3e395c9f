"""What happened while a family was trained, as a page to look at."""
