"""Reading: the facts of orders, what they give to whom, and a month under any rule."""
