"""Rare situations that befall items, in turns: each is shown soon, on however small a platform, and rarely later.

They befall items of people whom nothing else keeps out, because of several reasons the first is told, and an earlier
one would hide what a situation shows.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeAlias

from demur.testing.agora.accounts import Account
from demur.testing.agora.composing import Composer, join_texts
from demur.testing.agora.dice import Dice
from demur.testing.agora.identifiers import invent_name
from demur.testing.agora.items import Found, Item, Passage
from demur.testing.agora.phrases import LANGUAGES, SensitiveForm, read_sensitive

_CARD_SHARES = ((True, 0.85), (False, 0.05), (None, 0.1))
_REFUSING_CREDENTIALS: tuple[Found, ...] = (
    {"cawg.ai_generative_training": {"use": "notAllowed"}},
    {"cawg.data_mining": {"use": "constrained", "constraint_info": "ask me first"}},
)
_REFUSING_METADATA: Found = {"plus:DataMining": "DMI-PROHIBITED-GENAIMLTRAINING"}
_ALLOWING: Found = {"cawg.ai_generative_training": {"use": "allowed"}}
_RESERVED_PAGES: tuple[Found, ...] = ({"header": "train-ai=n"}, {"tdm-reservation": "1"})
_OPEN_PAGES: tuple[Found, ...] = ({"header": "train-ai=y"}, {"tdm-reservation": "0"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Who plays which part.

    Attributes:
        settled: people whose public items nothing keeps out.
        objecting: people whose objection covers everything.
        minors: people under age whose account everybody can see.
        official: somebody who objects about a public role.
    """

    settled: tuple[Account, ...]
    objecting: tuple[Account, ...]
    minors: tuple[Account, ...]
    official: Account


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scene:
    """What a situation draws from: the parts, and what was said in public until now."""

    dice: Dice
    cast: Cast
    said: dict[str, list[Passage]] = field(default_factory=dict)
    objected: list[Passage] = field(default_factory=list)


# Returns whether it could happen to this item now.
_Situation: TypeAlias = Callable[[_Scene, Item], bool]


@dataclass(slots=True, kw_only=True)
class _Turns:
    """Lets the situations of one kind of item take turns.

    Attributes:
        soon: items that are passed over between two situations until each was shown; `later` from then on.
    """

    waiting: list[_Situation]
    soon: int
    later: int
    shown: int = 0
    pause: int = 0

    def befall(self, scene: _Scene, item: Item) -> None:
        """Let the first situation that is possible befall an item, unless it is passed over."""
        if self.pause:
            self.pause -= 1
            return
        for place, situation in enumerate(self.waiting):
            if situation(scene, item):
                item.situation = situation.__name__.strip("_")
                self.waiting.append(self.waiting.pop(place))
                self.shown += 1
                self.pause = self.soon if self.shown < len(self.waiting) else self.later
                return


class Situations:
    """Lets situations befall the items of a platform, in the order in which they are published."""

    def __init__(self, dice: Dice, cast: Cast) -> None:
        """Begin with nothing said."""
        self._scene = _Scene(dice=dice, cast=cast)
        self._settled = {account.account for account in cast.settled}
        self._objecting = {account.account for account in cast.objecting}
        self._turns = {
            name: _Turns(waiting=list(happenings), soon=soon, later=later)
            for name, (happenings, soon, later) in _TURNS.items()
        }

    def note(self, passage: Passage, language: str) -> None:
        """Remember the words of a public post, for situations that repeat them."""
        if passage.author.account in self._objecting:
            self._scene.objected.append(passage)
        else:
            self._scene.said.setdefault(language, []).append(passage)

    def befall(self, item: Item) -> None:
        """Change an item when it is the turn of a situation; items of most people stay as they are."""
        if item.reshare_of:
            item.is_card = self._scene.dice.pick_weighted(_CARD_SHARES)
        turns = self._turns.get("reshare" if item.reshare_of else "" if item.quote_of else item.kind)
        if turns and item.author.account in self._settled and _can_be_used(item):
            turns.befall(self._scene, item)


def _can_be_used(item: Item) -> bool:
    is_alive = item.removed_at is None and item.expires_at is None
    return is_alive and item.product == "social" and item.visibility in {"public", "direct"}


# ----------------------------------------------------------------------------------------------------- several authors
def _written_with_a_friend(scene: _Scene, item: Item) -> bool:
    return _write_with(scene, item, scene.cast.settled)


def _written_with_an_objector(scene: _Scene, item: Item) -> bool:
    return _write_with(scene, item, scene.cast.objecting)


def _written_with_a_minor(scene: _Scene, item: Item) -> bool:
    return _write_with(scene, item, scene.cast.minors)


def _write_with(scene: _Scene, item: Item, people: Sequence[Account]) -> bool:
    others = [one for one in people if one is not item.author and one.created_at <= item.created_at]
    if others:
        item.other_authors = (scene.dice.pick(others).account,)
    return bool(others)


# --------------------------------------------------------------------------------------------- what others have written
def _paste_of_an_objector(scene: _Scene, item: Item) -> bool:
    return _paste(scene, item, scene.objected)


def _paste_of_a_friend(scene: _Scene, item: Item) -> bool:
    return _paste(scene, item, scene.said.get(item.language, []))


def _paste(scene: _Scene, item: Item, passages: Sequence[Passage]) -> bool:
    """Let the author put somebody's words between quotation marks, without a reference to the post."""
    if not passages:
        return False
    composer = Composer(scene.dice, item.language)
    composer.say(composer.phrases.quotes, scene.dice.pick(passages).text.body)
    item.text = join_texts(item.text, composer.text())
    return True


def _share_of_an_objector(scene: _Scene, item: Item) -> bool:
    return bool(item.text.body) and _share(scene, item)


def _bare_share_of_an_objector(scene: _Scene, item: Item) -> bool:
    return not item.text.body and _share(scene, item)


def _share(scene: _Scene, item: Item) -> bool:
    if scene.objected:
        item.reshare_of = scene.dice.pick(scene.objected).item
        item.is_card = True
    return bool(scene.objected)


def _translation_of_an_objector(scene: _Scene, item: Item) -> bool:
    return _translate(scene, item, scene.objected)


def _translation_of_a_friend(scene: _Scene, item: Item) -> bool:
    return _translate(scene, item, scene.said.get(item.language, []))


def _translate(scene: _Scene, item: Item, passages: Sequence[Passage]) -> bool:
    """Make the item a machine translation; in what words does not matter here, only from what."""
    if not passages or item.text.planted:
        return False
    item.language = scene.dice.pick([language for language in LANGUAGES if language != item.language])
    composer = Composer(scene.dice, item.language)
    composer.chat()
    item.kind, item.derived_from, item.text = "derived", scene.dice.pick(passages).item, composer.text()
    return True


# ------------------------------------------------------------------------------------------------------------- mentions
def _talk_of_a_public_role(scene: _Scene, item: Item) -> bool:
    is_possible = _mention(scene, item, [scene.cast.official])
    if is_possible:
        item.public_role_of = (scene.cast.official.account,)
    return is_possible


def _mention_of_an_objector(scene: _Scene, item: Item) -> bool:
    return _mention(scene, item, [one for one in scene.cast.objecting if one is not scene.cast.official])


def _mention(scene: _Scene, item: Item, people: Sequence[Account]) -> bool:
    others = [one for one in people if one.created_at <= item.created_at and one.account not in item.mentions]
    if not others:
        return False
    mentioned = scene.dice.pick(others)
    composer = Composer(scene.dice, item.language)
    composer.plant(composer.phrases.answers, "handle", mentioned.handle)
    item.text = join_texts(item.text, composer.text())
    item.mentions = (*item.mentions, mentioned.account)
    return True


# -------------------------------------------------------------------------------------------------------- linked pages
def _link_to_a_reserved_page(scene: _Scene, item: Item) -> bool:
    return _link(scene, item, scene.dice.pick(_RESERVED_PAGES))


def _link_to_an_open_page(scene: _Scene, item: Item) -> bool:
    return _link(scene, item, scene.dice.pick(_OPEN_PAGES))


def _link(scene: _Scene, item: Item, rights: Found) -> bool:
    composer = Composer(scene.dice, item.language)
    composer.say(composer.phrases.sentences)
    item.link_text, item.link_rights = composer.text().body, rights
    item.text = join_texts(item.text, composer.text())
    return True


# ------------------------------------------------------------------------------------------------- what detectors found
def _sensitive_words_on_somebody(scene: _Scene, item: Item) -> bool:
    phrases, name = read_sensitive().get(item.language), invent_name(scene.dice).capitalize()
    return phrases is not None and _tell(scene, item, scene.dice.pick(phrases.somebody), about="third_party", name=name)


def _sensitive_words_on_the_author(scene: _Scene, item: Item) -> bool:
    phrases = read_sensitive().get(item.language)
    return phrases is not None and _tell(scene, item, scene.dice.pick(phrases.oneself), about="author")


def _tell(scene: _Scene, item: Item, form: SensitiveForm, *, about: str, name: str = "") -> bool:
    composer = Composer(scene.dice, item.language)
    composer.say((form.template,), name)
    told = composer.text()
    item.sensitive = ({"kind": form.kind, "about": about, "is_minor": False, "text": told.body},)
    item.text = join_texts(item.text, told)
    return True


def _name_of_a_child(scene: _Scene, item: Item) -> bool:
    dice, phrases = scene.dice, read_sensitive().get(item.language)
    if phrases is None:
        return False
    child = dice.pick(phrases.children).format(name=invent_name(dice).capitalize(), age=dice.between(6, 12))
    composer = Composer(dice, item.language)
    composer.say(phrases.child_sentences, child)
    item.sensitive = ({"kind": "child", "about": "third_party", "is_minor": True, "text": child},)
    item.text = join_texts(item.text, composer.text())
    return True


# ------------------------------------------------------------------------------------------------------------- pictures
def _faces(scene: _Scene, item: Item) -> bool:
    return _see(item, *(_detect(scene, "face", 70, 99) for _ in range(scene.dice.between(1, 3))))


def _face_and_plate(scene: _Scene, item: Item) -> bool:
    return _see(item, _detect(scene, "face", 70, 99), _detect(scene, "plate", 70, 99))


def _child(scene: _Scene, item: Item) -> bool:
    return _see(item, _detect(scene, "child_face", 45, 95))


def _hardly_a_child(scene: _Scene, item: Item) -> bool:
    return _see(item, _detect(scene, "child_face", 5, 25))


def _detect(scene: _Scene, kind: str, low: int, high: int) -> Found:
    return {"kind": kind, "score": scene.dice.between(low, high) / 100}


def _see(item: Item, *seen: Found) -> bool:
    """Note what a detector found; a picture without a caption is out for another reason."""
    if item.text.body:
        item.seen = seen
    return bool(item.text.body)


def _tagged_objector(scene: _Scene, item: Item) -> bool:
    return _tag(scene, item, scene.cast.objecting)


def _tagged_minor(scene: _Scene, item: Item) -> bool:
    return _tag(scene, item, scene.cast.minors)


def _tag(scene: _Scene, item: Item, people: Sequence[Account]) -> bool:
    others = [one.account for one in people if one.created_at <= item.created_at and one.account not in item.mentions]
    if others:
        item.tags = (scene.dice.pick(others),)
    return bool(others)


def _refusing_credentials(scene: _Scene, item: Item) -> bool:
    item.rights = scene.dice.pick(_REFUSING_CREDENTIALS)
    return True


def _refusing_metadata(_scene: _Scene, item: Item) -> bool:
    item.rights = _REFUSING_METADATA
    return True


def _allowing_credentials(_scene: _Scene, item: Item) -> bool:
    item.rights = _ALLOWING
    return True


# ------------------------------------------------------------------------------------------------------- kinds of items
def _story_of_a_day(_scene: _Scene, item: Item) -> bool:
    item.kind, item.expires_at = "story", item.created_at + timedelta(days=1)
    return True


def _story_that_stayed(_scene: _Scene, item: Item) -> bool:
    item.kind = "story"
    return True


def _question_in_a_group(_scene: _Scene, item: Item) -> bool:
    item.kind, item.addressed_to_assistant = "group_chat_message", True
    return True


def _talk_in_a_group(_scene: _Scene, item: Item) -> bool:
    item.kind, item.addressed_to_assistant = "group_chat_message", False
    return True


# What may befall each kind of item, and how many are passed over between two situations: at first, and later.
_TURNS: Mapping[str, tuple[tuple[_Situation, ...], int, int]] = {
    "post": (
        (
            *(_paste_of_an_objector, _sensitive_words_on_somebody, _link_to_a_reserved_page, _talk_of_a_public_role),
            *(_sensitive_words_on_the_author, _story_that_stayed, _name_of_a_child, _written_with_an_objector),
            *(_paste_of_a_friend, _written_with_a_minor, _link_to_an_open_page, _written_with_a_friend),
            _story_of_a_day,
        ),
        0,
        11,
    ),
    "reshare": ((_bare_share_of_an_objector, _share_of_an_objector), 1, 3),
    "photo": (
        (
            *(_faces, _child, _refusing_credentials, _tagged_objector, _face_and_plate, _tagged_minor),
            *(_refusing_metadata, _hardly_a_child, _allowing_credentials),
        ),
        0,
        3,
    ),
    "comment": (
        (
            *(_mention_of_an_objector, _translation_of_an_objector, _name_of_a_child, _paste_of_an_objector),
            *(_sensitive_words_on_somebody, _translation_of_a_friend),
        ),
        1,
        11,
    ),
    "ai_interaction": (
        (*(_question_in_a_group, _sensitive_words_on_somebody, _talk_in_a_group, _sensitive_words_on_the_author),),
        0,
        7,
    ),
}
