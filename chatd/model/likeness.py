"""What a shown name can be taken for: letters of other scripts and forms that look like those of names."""

import re
import unicodedata

_ALIKE = {
    "a": "аαɑᴀᎪꓮ",
    "b": "вьβɓƀʙᏴꓐ",
    "c": "сҫᴄᏟꓚⲥ",
    "d": "ԁđɖɗᴅᎠꓓ",
    "e": "еεєҽəǝɛᴇᎬꓰ",
    "f": "ƒꓝ",
    "g": "ɡɠցɢᏀꓖ",
    "h": "һнңћђհħɦʜᎻꓧⲏ",
    "i": "іιıɩɨɪᎥꓲⲓ",
    "j": "јϳյᴊᎫꓙ",
    "k": "кқκƙᴋᏦꓗⲕ",
    "l": "ӏłɫլʟᏞꓡ",
    "m": "мɱᴍᎷꓟⲙ",
    "n": "пηոɲɴꓠⲛ",
    "o": "оοσөօøᴏꓳⲟ०٥",
    "p": "рρƥᴘᏢꓑⲣ",
    "q": "ԛզ",
    "r": "гʀᎡꓣ",
    "s": "ѕʂꜱᏚꓢ",
    "t": "тτŧƭᴛᎢꓔⲧ",
    "u": "υμսᴜꓴ",
    "v": "ѵνʋᴠᏙꓦ",
    "w": "ԝѡωաⱳᴡᎳꓪ",
    "x": "хҳχꓫⲭ",
    "y": "уүұγƴʏꓬⲩ",
    "z": "ƶʐᴢᏃꓜ",
    "3": "з",
    "-": "‐–—−ー",
}
"""By what they look like, small letters as far as there are such: a choice from Unicode's confusables
(UTS #39), of scripts that fonts have."""
_CAPITALS = str.maketrans("ΗΝΥΖΜՏԼ", "HNYZMSL")
"""Capitals that look like another letter than their small ones."""
_LETTERS = str.maketrans({char: letter for letter, chars in _ALIKE.items() for char in chars})
_STROKES: tuple[dict[int, int], ...] = ({}, str.maketrans("I|10$", "lllos"), str.maketrans("|10$", "iios"))
"""A stroke may be meant as one of two letters."""
_NAME = re.compile("[a-z0-9_-]+")
_AROUND = re.compile(r"^\W+|\W+$")


def likenesses(text: str) -> frozenset[str]:
    """The names that this text can be taken for, in lower case; none for letters that look like none."""
    spelled = unicodedata.normalize("NFKD", text).translate(_CAPITALS)
    readings = {_plain(spelled.translate(strokes)) for strokes in _STROKES}
    readings |= {reading.replace("rn", "m").replace("vv", "w") for reading in readings}
    return frozenset(reading for reading in readings if _NAME.fullmatch(reading))


def _plain(spelled: str) -> str:
    folded = unicodedata.normalize("NFKD", spelled.casefold())
    letters = "".join(char for char in folded if unicodedata.category(char)[0] not in "MC")
    return _AROUND.sub("", letters.translate(_LETTERS))
