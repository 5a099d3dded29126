"""A detector from any token classifier as ONNX, such as Rampart: what it says of each word piece (extra ``nlp``).

A model is read as its authors publish it: ``config.json`` with its labels, ``tokenizer.json``, and the network. One
text is asked at a time, on one thread: with dynamic quantisation the answer would depend on what else is in a batch.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Tokenizer

from demur.filters.detectors import DetectorUnknownError, Example
from demur.filters.identifiers import IdentifierClass, Span

LABELS: Mapping[str, IdentifierClass] = {
    "GIVEN_NAME": IdentifierClass.PERSON,
    "PER": IdentifierClass.PERSON,
    "PERSON": IdentifierClass.PERSON,
    "SURNAME": IdentifierClass.PERSON,
    "BUILDING_NUMBER": IdentifierClass.ADDRESS,
    "SECONDARY_ADDRESS": IdentifierClass.ADDRESS,
    "STREET_NAME": IdentifierClass.ADDRESS,
    "CITY": IdentifierClass.LOCATION,
    "LOC": IdentifierClass.LOCATION,
    "DRIVERS_LICENSE": IdentifierClass.NATIONAL_ID,
    "GOVERNMENT_ID": IdentifierClass.NATIONAL_ID,
    "PASSPORT": IdentifierClass.NATIONAL_ID,
    "TAX_ID": IdentifierClass.NATIONAL_ID,
    "BANK_ACCOUNT": IdentifierClass.IBAN,
    "EMAIL": IdentifierClass.EMAIL,
    "PHONE": IdentifierClass.PHONE,
    "URL": IdentifierClass.URL,
}
"""What labels of such models are here, without the scheme's ``B-`` or ``I-``; of others nothing is cut."""
THRESHOLD = 0.5
_OVERLAP = 32  # word pieces that neighbouring parts of a long text share
_USUAL_LENGTH = 512
_SCHEMES = ("B-", "I-", "E-", "S-")

_Logits = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class OnnxDetector:
    """A `Detector` that asks a token classifier, one text at a time; long texts in parts that overlap.

    Attributes:
        session: the network; its inputs are ``input_ids``, ``attention_mask`` and, if it wants them,
            ``token_type_ids``, int64 (texts, pieces), and its first output the logits (texts, pieces, labels).
        tokenizer: cuts a text into the parts and pieces that the network reads, with their places.
        classes: of each label of the network the class that it is cut as, or None.
        examples: texts in which it must find something.
        version: changes with the files of the model, the runtime and the settings.
        languages: the languages (ISO 639-1) that it reads, none for all; unknown ones are read, in doubt.
        threshold: a piece is found where the labels of one class together are at least that probable.
    """

    session: onnxruntime.InferenceSession
    tokenizer: Tokenizer
    classes: Sequence[IdentifierClass | None]
    examples: Sequence[Example]
    version: str
    languages: frozenset[str] = frozenset()
    threshold: float = THRESHOLD
    name: str = "onnx"
    _wanted: tuple[IdentifierClass, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Note which classes there are."""
        object.__setattr__(self, "_wanted", tuple(sorted({one for one in self.classes if one is not None})))

    def detect(self, text: str, language: str | None) -> Iterable[Span]:
        """Return the pieces that are probably of one class; those side by side in one class are one span."""
        if language is not None and self.languages and language[:2].lower() not in self.languages:
            return []
        whole = self.tokenizer.encode(text)
        return [span for part in (whole, *whole.overflowing) for span in self._find(text, part)]

    def _find(self, text: str, part: Any) -> Iterable[Span]:  # noqa: ANN401 -- tokenizers gives its encodings no type
        inputs = {"input_ids": part.ids, "attention_mask": part.attention_mask, "token_type_ids": part.type_ids}
        wanted = {one.name: np.array([inputs[one.name]], dtype=np.int64) for one in self.session.get_inputs()}
        probable = self._probabilities(self.session.run(None, wanted)[0][0])
        best = probable.argmax(axis=1)
        span: Span | None = None
        for (start, end), number, share in zip(part.offsets, best.tolist(), probable.max(axis=1).tolist(), strict=True):
            if start == end or share < self.threshold:
                continue
            label = self._wanted[number]
            if span is not None and span.label is label and not text[span.end : start].strip():
                span = Span(span.start, end, label)
                continue
            if span is not None:
                yield span
            span = Span(start, end, label)
        if span is not None:
            yield span

    def _probabilities(self, logits: _Logits) -> npt.NDArray[np.float64]:
        """Return how probable each class is at each piece: (pieces, classes)."""
        weights = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
        weights /= weights.sum(axis=1, keepdims=True)
        members = [[number for number, one in enumerate(self.classes) if one is label] for label in self._wanted]
        return np.stack([weights[:, numbers].sum(axis=1) for numbers in members], axis=1)


class OnnxSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[filters.settings.onnx]``: the folder of a model, what it must find, and what is cut as what."""

    folder: str
    examples: tuple[str, ...]
    model: str = "onnx/model.onnx"
    labels: dict[str, IdentifierClass] = {}
    languages: tuple[str, ...] = ()
    threshold: float = THRESHOLD


def open_onnx(settings: Mapping[str, Any], *, root: Path) -> OnnxDetector:
    """Read a model from its folder; nothing is downloaded.

    Raises:
        DetectorUnknownError: a file is missing or is something else, or no label of the model is one of ours.
        ValidationError: the settings do not fit.
    """
    read = msgspec.convert(settings, OnnxSettings)
    folder = root / read.folder
    files = [folder / name for name in ("config.json", "tokenizer.json", read.model)]
    try:
        contents = [path.read_bytes() for path in files]
        config = msgspec.json.decode(contents[0], type=_Config)
        tokenizer = Tokenizer.from_buffer(contents[1])
        session = onnxruntime.InferenceSession(contents[2], _on_one_thread(), providers=["CPUExecutionProvider"])
    except Exception as error:  # a library of its own each, with errors of its own
        message = f"{folder} holds no token classifier that can be loaded ({type(error).__name__})"
        hint = "It must hold config.json with id2label, tokenizer.json, and the network that `model` names."
        raise DetectorUnknownError(message, hint=hint) from error
    labels = read.labels or LABELS
    names = (config.id2label[str(number)] for number in range(len(config.id2label)))
    classes = [labels.get(name[2:] if name.startswith(_SCHEMES) else name) for name in names]
    if not any(classes):
        message = f"no label of the model in {folder} is cut as anything"
        raise DetectorUnknownError(message, hint="Say with filters.settings.onnx.labels what is cut as what.")
    tokenizer.no_padding()
    tokenizer.enable_truncation(config.max_position_embeddings, stride=_OVERLAP)
    digest = hashlib.sha256(b"".join(hashlib.sha256(content).digest() for content in contents)).hexdigest()
    return OnnxDetector(
        session=session,
        tokenizer=tokenizer,
        classes=classes,
        examples=tuple(Example(text, None) for text in read.examples),
        version=f"{folder.name}-{digest[:16]}-{_settings_digest(read)}+onnxruntime-{onnxruntime.__version__}",
        languages=frozenset(read.languages),
        threshold=read.threshold,
    )


class _Config(msgspec.Struct, frozen=True):
    id2label: dict[str, str]
    max_position_embeddings: int = _USUAL_LENGTH


def _on_one_thread() -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return options


def _settings_digest(settings: OnnxSettings) -> str:
    told = msgspec.json.encode((sorted(settings.labels.items()), sorted(settings.languages), settings.threshold))
    return hashlib.sha256(told).hexdigest()[:8]
