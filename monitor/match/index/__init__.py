"""Pure. The words of the names on the list, in every form in which a text can hold them."""
