"""What ``demur.toml`` says about one source: where its files are and what its columns are called."""

import msgspec

# Our name of each field; a file's column has the same name unless `SourceSpec.columns` maps it.
REQUIRED_FIELDS = ("item", "account", "text")
ITEM_REFERENCE_FIELDS = ("reshare_of", "quote_of", "reply_to", "derived_from")
ID_FIELDS = ("item", "account", *ITEM_REFERENCE_FIELDS)
ACCOUNT_LIST_FIELDS = ("other_authors", "mentions", "tags", "public_role_of")
INSTANT_FIELDS = ("created_at", "deleted_at", "expires_at", "collected_at")
WORD_FIELDS = ("kind", "product", "visibility", "language")
FLAG_FIELDS = ("addressed_to_assistant", "embed_separable")
# These hold JSON: an object of signals, or a list of what a detector found.
NESTED_FIELDS = ("signals", "preview_signals", "findings", "detections")
FIELDS = (
    "item",
    "account",
    *WORD_FIELDS,
    *INSTANT_FIELDS,
    "text",
    *ACCOUNT_LIST_FIELDS,
    *ITEM_REFERENCE_FIELDS,
    *FLAG_FIELDS,
    "address",
    "media",
    "preview_text",
    *NESTED_FIELDS,
)


class SourceSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One ``[[sources]]`` entry.

    Attributes:
        name: how reports and decisions call the source.
        path: a glob, relative to the folder of the configuration; each file that it finds is a split.
        kind: the kind of every item that names none itself.
        product: the product of every item that names none itself.
        format: ``parquet``, ``jsonl``, ``csv`` or an installed extension; read from the path's ending when not given.
        columns: our name of a field → the column's name in the files, for the fields whose names differ.
    """

    name: str
    path: str
    kind: str | None = None
    product: str | None = None
    format: str | None = None
    columns: dict[str, str] = {}
