"""How the card looks: the brand's colours and the member code as pictures."""
