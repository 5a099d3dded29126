"""Licence plates of the 27 member states, in the civil formats of each; no letters spell anybody's name.

Sources: the registration ordinances of the states, as summarised by the plates' public descriptions. In a pattern, `#`
is a digit, `%` a digit that is no zero, `&` a letter that the state uses; a list in braces holds one of its members.
"""

import random
import re

from text_evaluation.posts import Label, Value

_LETTERS = {
    "BG": "ABEKMHOPCTYX", "GR": "ABEZHIKMNOPTYX", "ES": "BCDFGHJKLMNPRSTVWXYZ", "FR": "ABCDEFGHJKLMNPQRSTVWXYZ",
    "NL": "BDFGHJKLNPRSTVXZ", "IT": "ABCDEFGHJKLMNPRSTVWXYZ", "SE": "ABCDEFGHJKLMNOPRSTUWXYZ",
    "CZ": "ABCEHJKLMPSTUVXYZ",
}  # fmt: skip
_ALL_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
PATTERNS: dict[str, tuple[str, ...]] = {
    "AT": ("{W|GU|KL|L|BR}-%###&", "{G|S|LB|VB} %##&&", "{W|IL|PE}-%####&", "{WN|MD} %## &&"),
    "BE": ("1-&&&-###", "2-&&&-###", "1 &&& ###"),
    "BG": ("{CA|CB|PB|B|PA} #### &&", "{TX|BT|A}####&&"),
    "CY": ("&&& ###", "&&&###"),
    "CZ": ("%&# ####", "%&&####", "#&& ####"),
    "DE": ("{B|M|HH|KS|TÜ|WÜ|FR}-&& %###", "{K|DD|LÖ|EF} & %##", "{S|OL|GT}-&&%##", "{B|H|MZ}-&& %##E"),
    "DK": ("&& ## ###", "&&##.###", "&&#####"),
    "EE": ("### &&&", "###&&&"),
    "ES": ("#### &&&", "####&&&", "####-&&&"),
    "FI": ("&&&-###", "&&&-%#"),
    "FR": ("&&-###-&&", "&& ### &&", "%### && {75|33|59|13}"),
    "GR": ("&&&-####", "&&& ####"),
    "HR": ("{ZG|ST|RI|OS|ZD} ###-&&", "{ZG|PU|ŠI} ####-&", "{KA|VŽ} #### &&"),
    "HU": ("&&&-###", "{AA|AB|AE} &&-###", "&&& ###"),
    "IE": ("{12|171|192|231}-{D|C|G|KY|WX}-%####", "{08|151|222}-{L|MO|DL}-%###", "{191|202} {D|C} %###"),
    "IT": ("&& ### &&", "&&###&&"),
    "LT": ("&&& ###", "&&&###", "&&&:###"),
    "LU": ("&& ####", "&&####", "&&-####"),
    "LV": ("&&-####", "&& ####", "&&-%##"),
    "MT": ("&&& ###", "&&&-###"),
    "NL": ("##-&&-&&", "##-&&&-#", "#-&&&-##", "&&-###-&", "&-###-&&", "&&-&&-##"),
    "PL": ("{WA|KR|PO|GD|LU} #####", "{W0|WX|KN} ####&", "{DW|EL|SK} ###&&", "{WPR|KRA|RZE} ####", "{WWL|BIA} %##&&"),
    "PT": ("&&-##-&&", "##-&&-##", "##-##-&&", "&& ## &&"),
    "RO": ("{CJ|TM|IS|BV|SB|CT} ## &&&", "B ### &&&", "{CJ|AR|BH}-##-&&&", "B-##-&&&"),
    "SE": ("&&& ###", "&&& ##&", "&&&###"),
    "SI": ("{LJ|MB|KP|CE|KR} &#-###", "{LJ|NM|GO} &&-###", "{MB|LJ} ##-&#&"),
    "SK": ("{BA|BL|KE|ZA|NR|TT}-###&&", "{AA|AB} ###&&", "{BA|PO} ### &&"),
}


def draw_plate(draw: random.Random, country: str) -> Value:
    """Draw a plate of the country, as its ordinance or its people write it."""
    letters = _LETTERS.get(country, _ALL_LETTERS)
    pattern = re.sub(r"{([^}]*)}", lambda list_: draw.choice(list_[1].split("|")), draw.choice(PATTERNS[country]))
    # What came out of a list stays as it is: only the signs of the pattern are filled.
    choices = {"#": "0123456789", "%": "123456789", "&": letters}
    written = [draw.choice(choices.get(sign, sign)) for sign in pattern]
    return Value(text="".join(written), label=Label.PLATE)
