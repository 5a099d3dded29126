"""Cut the font of printed receipts out of DejaVu Sans: the letters of the 24 official languages of the Union.

Needs the Debian package fonts-dejavu-core, and fonttools, which the extra `web` brings. The same font gives the same
bytes. Run it when a language is added: `python tools/make_receipt_font.py`.
"""

from pathlib import Path

from fontTools import subset  # type: ignore[import-untyped]

ROOT = Path(__file__).resolve().parent.parent
SOURCE = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
TARGET = ROOT / "src" / "demur" / "web" / "fonts" / "DejaVuSans-receipt.ttf"
# Basic Latin, Latin-1, Latin Extended-A, Romanian letters, Greek, Bulgarian and its neighbours, punctuation.
LETTERS = ("0020-007E", "00A0-017F", "0218-021B", "0384-03CE", "0400-045F", "1E9E", "2010-2026", "20AC", "2192")


def main() -> None:
    """Write the subset, with the time that the source carries."""
    options = subset.Options(
        layout_features=["kern", "mark", "ccmp"], hinting=False, name_IDs=["*"], recalc_timestamp=False
    )
    font = subset.load_font(SOURCE, options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=subset.parse_unicodes(",".join(LETTERS)))
    cutter.subset(font)
    subset.save_font(font, TARGET, options)
    print(f"{TARGET.relative_to(ROOT)}: {TARGET.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
