"""The JSON of tills, ERP and call centres."""
