"""What members complain of: recorded by staff, answered, and counted beside how guides serve."""
