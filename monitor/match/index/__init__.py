"""Pure. An index of the words in the list's names, with every form in which a text can hold them."""
