"""Messages with a template: how they are checked, kept and receipted."""
