"""What a guide is asked to do for one member, and the words that help her."""
