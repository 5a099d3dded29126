"""What identifies a person or a device online: mail addresses, handles, links, IP addresses, device ids, places.

Domains are invented or reserved (RFC 2606); a mail address of an existing provider could be somebody's.
"""

import ipaddress
import random
import re
import string
import uuid

from stdnum import luhn

from text_evaluation.names import Half, name_lists, unaccented
from text_evaluation.posts import Label, Value

MAIL_HOSTS = (
    "postkorb",
    "lichtmail",
    "mailbuen",
    "eulenpost",
    "briefkasten-online",
    "my-postbox",
    "inbox-nord",
    "fjordmail",
)
_HOSTS = (
    "waldladen",
    "blauer-stein",
    "radio-kapelle",
    "kattegat-foto",
    "tinyboat",
    "casaverde-blog",
    "novydomov",
    "lumipallo",
)
_ENDINGS = (
    *("com", "org", "net", "eu", "info", "io", "app", "at", "be", "bg", "com.cy", "cz", "de", "dk", "ee", "es", "fi"),
    *(
        "fr",
        "gr",
        "hr",
        "hu",
        "ie",
        "it",
        "lt",
        "lu",
        "lv",
        "com.mt",
        "nl",
        "pl",
        "pt",
        "ro",
        "se",
        "si",
        "sk",
        "co.uk",
    ),
)
_WORDS = (
    "quiet",
    "moon",
    "kafka",
    "pixel",
    "lynx",
    "rosa",
    "turbo",
    "velo",
    "nord",
    "luna",
    "mono",
    "kiwi",
    "brot",
    "sauna",
)


def _ascii_name(draw: random.Random, language: str, half: Half) -> tuple[str, str]:
    names = draw.choice(name_lists("en" if language in {"bg", "el"} else language, half))
    given, family = (
        re.sub(r"[^a-z]", "", unaccented(draw.choice(part)).lower()) for part in (names.given, names.family)
    )
    return given or "anon", family or "person"


def draw_email(draw: random.Random, language: str, half: Half) -> Value:
    """Draw a mail address at an invented or reserved domain."""
    given, family = _ascii_name(draw, language, half)
    year = draw.randint(60, 99)
    local = draw.choice(
        (
            f"{given}.{family}",
            f"{given}_{family}",
            f"{given}{family}{year}",
            f"{given[0]}.{family}",
            f"{family}-{given}",
            f"{given}{year}",
            f"{draw.choice(_WORDS)}{draw.choice(_WORDS)}{draw.randint(1, 999)}",
            f"{given}.{family}+news",
        )
    )
    host = draw.choice((*MAIL_HOSTS, "example"))
    domain = f"{host}.{draw.choice(_ENDINGS[:4] if host == 'example' else _ENDINGS)}"
    if draw.random() < 0.1:
        domain = f"{draw.choice(('mail', 'stud', 'post'))}.{domain}"
    written = f"{local}@{domain}"
    return Value(text=written if draw.random() < 0.9 else written.title(), label=Label.EMAIL)


def draw_handle(draw: random.Random, language: str, half: Half) -> Value:
    """Draw a handle with its at sign, on one server or with the name of the server behind it."""
    given, family = _ascii_name(draw, language, half)
    name = draw.choice(
        (
            f"{given}_{family}",
            f"{given}{draw.randint(1, 2009)}",
            f"{draw.choice(_WORDS)}_{draw.choice(_WORDS)}",
            f"{draw.choice(_WORDS)}.{given}",
            f"xx_{given}_xx",
            f"{given}{family}",
            f"{draw.choice(_WORDS).title()}{given.title()}",
        )
    )
    if draw.random() < 0.08:
        return Value(text=f"@{name}@{draw.choice(_HOSTS)}.social", label=Label.HANDLE, form="federated")
    return Value(text=f"@{name}", label=Label.HANDLE)


def draw_url(draw: random.Random, language: str, half: Half) -> Value:
    """Draw a link, with or without its scheme, some of them to somebody's profile."""
    given, family = _ascii_name(draw, language, half)
    domain = f"{draw.choice(_HOSTS)}.{draw.choice(_ENDINGS)}"
    path = draw.choice(
        ("/", f"/{given}", f"/u/{given}.{family}", f"/p/{draw.randint(100, 99999)}", "/foto?id=77&s=1", "/a-b-c.html")
    )
    text, form = draw.choice(
        (
            (f"https://{domain}{path}", "plain"),
            (f"http://www.{domain}{path}", "plain"),
            (f"https://{domain}", "plain"),
            (f"www.{domain}{path.rstrip('/')}", "no scheme"),
            (f"{domain}{path if len(path) > 1 else '/x'}", "bare"),
            (f"https://{domain}:8443{path}#top", "plain"),
        )
    )
    return Value(text=text, label=Label.URL, form=form)


def draw_ip(draw: random.Random) -> Value:
    """Draw an IPv4 address, or an IPv6 address in one of the forms of RFC 4291 2.2 and RFC 5952."""
    if draw.random() < 0.5:
        return Value(text=_ipv4(draw), label=Label.IP, form="v4")
    groups = [f"{draw.randint(0, 0xFFFF):x}" for _ in range(8)]
    for place in draw.sample(range(2, 7), draw.randint(0, 4)):
        groups[place] = "0"
    groups[0] = draw.choice(("2001", "2a02", "2003", "fe80", "fd12"))
    address = ipaddress.IPv6Address(":".join(groups))
    mapped = f"::ffff:{_ipv4(draw)}"
    written = draw.choice((address.compressed, address.exploded, address.compressed.upper(), ":".join(groups), mapped))
    return Value(text=written, label=Label.IP, form="v6")


def _ipv4(draw: random.Random) -> str:
    first = draw.choice([number for number in range(1, 224) if number != 127])
    return ".".join(str(number) for number in (first, *(draw.randint(0, 255) for _ in range(3))))


def draw_device(draw: random.Random) -> Value:
    """Draw the number of a device: MAC address (IEEE 802), IMEI (3GPP 23.003, Luhn) or an advertising id (RFC 9562).

    A cue that belongs to the number would stand outside the span: here the number alone is written, save for the IMEI.
    """
    mac = [f"{draw.randint(0, 255):02x}" for _ in range(6)]
    solid = "".join(mac)
    imei = draw.choice(("35", "86", "01")) + "".join(draw.choices(string.digits, k=12))
    written = (
        *(":".join(mac), ":".join(mac).upper(), "-".join(mac).upper(), f"{solid[:4]}.{solid[4:8]}.{solid[8:]}"),
        *(imei + luhn.calc_check_digit(imei), str(uuid.UUID(int=draw.getrandbits(128), version=4))),
    )
    place = draw.randrange(len(written))
    return Value(
        text=written[place], label=Label.OTHER, form=("mac", "mac", "mac", "mac", "imei", "advertising id")[place]
    )


def draw_place(draw: random.Random) -> Value:
    """Draw coordinates within Europe, in decimal degrees or in degrees, minutes and seconds (ISO 6709)."""
    north, east = draw.uniform(35, 68), draw.uniform(-9, 30)
    side = "E" if east >= 0 else "W"
    decimal = f"{north:.5f}"
    written = (
        (f"{decimal}, {east:.5f}", "decimal"),
        (f"{decimal},{east:.5f}", "decimal"),
        (f"{decimal}° N, {abs(east):.5f}° {side}", "decimal"),
        (f"{_sexagesimal(north)}N {_sexagesimal(abs(east))}{side}", "sexagesimal"),
        (f"N {decimal} {side} {abs(east):.5f}", "decimal"),
    )
    text, form = draw.choice(written)
    return Value(text=text, label=Label.LOCATION, form=form)


def _sexagesimal(degrees: float) -> str:
    seconds = round(degrees * 3600)
    return f"{seconds // 3600}°{seconds // 60 % 60:02d}'{seconds % 60:02d}\""
