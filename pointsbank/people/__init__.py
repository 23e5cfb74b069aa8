"""Households and residents: roster import, search, split / merge / move. A household owns its balance."""
