"""What takes a process seconds before it can follow the register, done once: those that are made from it inherit it.

It is done by importing this module, because that is what a process which makes others offers.
"""

from demur.corpus import changes, duplicates
from demur.filters import letter_kernel
from demur.filters.words import shared_word_table

WARM = (changes, duplicates, letter_kernel, shared_word_table())
