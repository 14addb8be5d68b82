"""What can be wrong between WeChat and the books, looked at in order, each with its cure."""
