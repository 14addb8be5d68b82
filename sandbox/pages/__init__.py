"""What a person sees: the story, a shopper's phone, and the mini-program's preview."""
