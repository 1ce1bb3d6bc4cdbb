"""Answers that the program may give although the document tested against does not mention them.

docs/compatibility.md names the same list, with reasons. This is the only place where the tests keep it.
"""

#: The vendor's fragment documents 201 and 403 alone; the program is more exact about what was wrong.
BEYOND_THE_FRAGMENT = frozenset({401, 404, 413, 415, 422, 429})

#: Our own document leaves nothing out.
BEYOND_OUR_DOCUMENT: frozenset[int] = frozenset()
