"""What names a device or a point on earth, as patterns: hardware addresses, IMEI, advertising ids, coordinates.

A pattern says by itself what it is, or needs a word such as "IMEI" or "GPS" beside it; its `Sign` tells which.
Coordinates count when they are precise to some ten metres: four decimals of a degree, or seconds (ISO 6709).
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
import numpy.typing as npt

from demur.filters.automata import Automaton, compile_patterns
from demur.filters.folding import folded_words


class Sign(IntEnum):
    """What a written form is, and what it needs to count."""

    DEVICE = 0
    DEVICE_WITH_LETTER = 1
    DEVICE_BESIDE_CUE = 2
    IMEI = 3
    PLACE = 4
    PLACE_BESIDE_CUE = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One way of writing the number of a device, or a place."""

    sign: Sign
    written: str
    source: str


_BYTE: Final = r"[0-9a-f]{2}"
_UUID: Final = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

# Degrees, minutes and seconds; the sign of a degree may be left out behind a decimal point.
_NORTH, _EAST = r"[ns]", r"[eowv]"
_LATITUDE, _LONGITUDE = r"[+\-]?\d{1,2}\.", r"[+\-]?(?:1[0-7]\d|\d{1,2})\."
_BEYOND_TEN: Final = r"[+\-]?[1-8]\d\."
_TWO_DECIMALS, _FOUR_DECIMALS = (rf"\d{{{fewest},12}}°?" for fewest in (2, 4))
_BETWEEN: Final = r"(?:[,;]? ?| ?/ ?| \| )"
_APART: Final = r"(?:[,;] ?| ?/ ?| {1,2})"
_MINUTES: Final = r"\d{1,2}(?:[.,]\d{1,6})? ?'?"
_SECONDS: Final = r" ?\d{1,2}(?:[.,]\d{1,5})? ?(?:\"|'')?"
_ANGLE: Final = rf"\d{{1,3}} ?° ?{_MINUTES}(?:{_SECONDS})?"
_LONGITUDE_WORD: Final = r"(?:lon|lng|long|longitude)[:=]? ?"


DEVICES: Final[tuple[Device, ...]] = (
    Device(sign=Sign.DEVICE_WITH_LETTER, written=rf"{_BYTE}(?::{_BYTE}){{5}}", source="IEEE 802 section 8.1"),
    Device(sign=Sign.DEVICE_WITH_LETTER, written=rf"{_BYTE}(?:-{_BYTE}){{5}}", source="IEEE 802 section 8.1"),
    Device(sign=Sign.DEVICE_WITH_LETTER, written=r"[0-9a-f]{4}(?:\.[0-9a-f]{4}){2}", source="as routers print it"),
    Device(sign=Sign.DEVICE_BESIDE_CUE, written=rf"{_BYTE}(?:[:\-]?{_BYTE}){{5}}", source="IEEE 802 section 8.1"),
    Device(sign=Sign.DEVICE_BESIDE_CUE, written=rf"{_BYTE}(?:[:\-]{_BYTE}){{7}}", source="EUI-64"),
    Device(sign=Sign.DEVICE_BESIDE_CUE, written=rf"{_UUID}|[0-9a-f]{{32}}|[0-9a-f]{{16}}", source="RFC 9562"),
    Device(
        sign=Sign.IMEI,
        written=r"\d{15}|\d{2}[ \-]\d{6}[ \-]\d{6}[ \-]\d|\d{6}[ \-]\d{2}[ \-]\d{6}[ \-]\d|\d{2} \d{4} \d{4} \d{4} \d",
        source="3GPP TS 23.003 section 6.2.1",
    ),
    Device(
        sign=Sign.PLACE,
        written=rf"{_BEYOND_TEN}{_FOUR_DECIMALS}{_APART}{_LONGITUDE}{_FOUR_DECIMALS}",
        source="ISO 6709",
    ),
    Device(
        sign=Sign.PLACE,
        written=rf"{_LATITUDE}{_TWO_DECIMALS} ?{_NORTH}{_BETWEEN}{_LONGITUDE}{_TWO_DECIMALS} ?{_EAST}"
        rf"|{_NORTH}:? ?{_LATITUDE}{_TWO_DECIMALS}{_BETWEEN}{_EAST}:? ?{_LONGITUDE}{_TWO_DECIMALS}",
        source="ISO 6709",
    ),
    Device(
        sign=Sign.PLACE,
        written=rf"{_ANGLE} ?{_NORTH}{_BETWEEN}{_ANGLE} ?{_EAST}|{_NORTH} ?{_ANGLE}{_BETWEEN}{_EAST} ?{_ANGLE}",
        source="ISO 6709",
    ),
    Device(
        sign=Sign.PLACE,
        written=r"[+\-]?[1-8]\d,\d{4,8}°?(?:; ?| ?/ ?| {1,2})[+\-]?\d{1,3},\d{4,8}°?",
        source="ISO 6709",
    ),
    Device(
        sign=Sign.PLACE_BESIDE_CUE,
        written=rf"{_LATITUDE}{_TWO_DECIMALS}{_APART}(?:{_LONGITUDE_WORD})?{_LONGITUDE}{_TWO_DECIMALS}",
        source="ISO 6709",
    ),
    Device(sign=Sign.PLACE, written=r"geo:[+\-]?\d{1,2}\.\d+,[+\-]?\d{1,3}\.\d+", source="RFC 5870"),
    Device(
        sign=Sign.PLACE,
        written=r"[2-9cfghjmpqrvwx]{8}\+[2-9cfghjmpqrvwx]{2,3}",
        source="Open Location Code, ten digits",
    ),
)


def device_automaton() -> Automaton:
    """Compile the ways to write devices and places."""
    return compile_patterns([one.written for one in DEVICES])


def device_signs() -> npt.NDArray[np.int32]:
    """Return what each pattern of the automaton is and needs."""
    return np.array([one.sign for one in DEVICES], dtype=np.int32)


DEVICE_STEMS: Final = tuple(
    folded_words(
        (
            *("imei", "meid", "mac address", "mac-adr", "mac adr", "adresse mac", "dirección mac", "indirizzo mac"),
            *("endereço mac", "adres mac", "mac adres", "mac-os", "mac cím", "mac-cím", "mac osoite", "mac адрес"),
            *("διεύθυνση mac", "adresa mac", "mac naslov", "mac aadress", "idfa", "idfv", "gaid", "aaid", "oaid"),
            *("advertising id", "advertiser id", "ad id", "ad-id", "werbe-id", "device id", "device-id", "deviceid"),
            *("geräte-id", "geraete-id", "gerätekennung", "id de l'appareil", "identifiant publicitaire"),
            *("id del dispositivo", "id de dispositivo", "id do dispositivo", "id dispositivo", "apparaat-id"),
            *("enhets-id", "enheds-id", "laitetunnus", "id urządzenia", "id zařízení", "id zariadenia"),
            *("android id", "android_id", "udid", "hardware id", "hwid", "eui-64", "bssid", "bluetooth addr"),
        )
    )
)
DEVICE_WORDS: Final = tuple(folded_words(("mac:", "mac =", "mac=", "wlan-mac", "wifi mac", "udid")))
PLACE_STEMS: Final = tuple(
    folded_words(
        (
            *("gps", "koordinat", "coordin", "coorden", "coördin", "koordynat", "współrzęd", "wspolrzed", "souřadnic"),
            *("súradnic", "координат", "συντεταγμ", "koordinaa", "koordinát", "latitude", "latitud", "geocach"),
            *("geokeš", "geotag", "openstreetmap", "google maps", "comhordan", "comhordanáid", "wgs84", "wgs 84"),
        )
    )
)
PLACE_WORDS: Final = tuple(folded_words(("lat", "geo", "coords", "loc", "osm", "waypoint")))
