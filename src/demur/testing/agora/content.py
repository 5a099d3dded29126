"""What people of Agora publish: posts, photos, comments and assistant chats; references point to earlier items."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from demur.testing.agora.accounts import Account
from demur.testing.agora.composing import Composer, Text, append_words
from demur.testing.agora.dice import Dice
from demur.testing.agora.items import Item, Passage
from demur.testing.agora.phrases import LANGUAGES
from demur.testing.agora.situations import Situations

_KIND_WEIGHTS = (("post", 0.5), ("photo", 0.15), ("comment", 0.25), ("ai_interaction", 0.1))
_PREFIXES = {"post": "p", "photo": "f", "comment": "k", "ai_interaction": "t"}
_POST_FORMS = (("own", 0.85), ("reshare", 0.07), ("quote", 0.03), ("copy", 0.025), ("near_copy", 0.025))
_VISIBILITIES = (("public", 0.65), ("friends", 0.2), ("private", 0.15))
_IDENTIFIER_SHARE, _MENTION_SHARE, _REPLY_MENTION_SHARE = 0.06, 0.06, 0.25
_ENGLISH_SHARE, _LANGUAGE_UNKNOWN_SHARE = 0.05, 0.02
_EDITED_SHARE, _REMOVED_SHARE, _EXPIRING_SHARE = 0.08, 0.02, 0.01
_BARE_SHARE = 0.3
_EMPTY_CAPTION_SHARE = 0.15
_MESSENGER_SHARE = 0.25
_WORDS_FOR_NEAR_COPY = 22
_ENGLISH = "en"
_PROLIFIC_WEIGHT = 45.0  # the usual weight is 4, the largest 50
_SECOND = timedelta(seconds=1)
_NEWEST = timedelta(minutes=1)  # the newest item is at least this old


@dataclass(frozen=True, slots=True, kw_only=True)
class AudienceChange:
    """An item became visible to these people at an instant."""

    item: str
    at: datetime
    visibility: str


@dataclass(slots=True, kw_only=True)
class Content:
    """Everything published, by time, and how its audience changed."""

    items: list[Item] = field(default_factory=list)
    audience_log: list[AudienceChange] = field(default_factory=list)
    exact_copies: int = 0
    near_copies: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Slot:
    """Who publishes what kind of thing when: decided before any text is written, so that references point back."""

    author: Account
    kind: str
    created_at: datetime
    is_first_voice: bool


class _Writer:
    """Writes items in the order of time and remembers what later ones may refer to."""

    def __init__(self, dice: Dice, accounts: Sequence[Account], situations: Situations, *, now: datetime) -> None:
        self._dice = dice
        self._accounts = accounts
        self._situations = situations
        self._now = now
        self._public: list[Item] = []
        self._plain: dict[str, list[Passage]] = {}
        self.content = Content()

    def write(self, slot: _Slot, number: int) -> None:
        """Write one item and the history of its audience."""
        dice, author = self._dice, slot.author
        english = dice.share() < _ENGLISH_SHARE and slot.kind != "ai_interaction" and not slot.is_first_voice
        item = Item(
            item=f"{_PREFIXES[slot.kind]}{number:07d}",
            kind=slot.kind,
            author=author,
            created_at=slot.created_at,
            visibility="public" if slot.is_first_voice else dice.pick_weighted(_VISIBILITIES),
            language=_ENGLISH if english else author.language,
            language_known=slot.is_first_voice or dice.share() >= _LANGUAGE_UNKNOWN_SHARE,
            product="social",
            text=Text(body=""),
        )
        forms = {"post": self._post, "photo": self._photo, "comment": self._comment, "ai_interaction": self._chat}
        forms[slot.kind](item)
        self._end_of_life(item)
        self._remember(item)
        # After it was remembered: what others repeat are the words that the usual dice chose, whatever comes below.
        self._situations.befall(item)
        self.content.items.append(item)

    def _post(self, item: Item) -> None:
        dice = self._dice
        form = dice.pick_weighted(_POST_FORMS) if self._public else "own"
        own_language = self._plain.get(item.language, [])
        if form == "reshare":
            self._reshare(item)
        elif form == "quote" and own_language:
            self._quote(item, dice.pick(own_language))
        elif form == "copy" and own_language:
            item.text = dice.pick(own_language).text
            self.content.exact_copies += 1
        elif form == "near_copy" and (long := [one for one in own_language[-60:] if _is_long(one.text.body)]):
            closers = Composer(dice, item.language)
            closers.say(closers.phrases.closers)
            item.text = append_words(dice.pick(long).text, closers.text().body)
            self.content.near_copies += 1
        else:
            self._own_words(item)

    def _own_words(self, item: Item) -> None:
        composer = Composer(self._dice, item.language)
        composer.chat()
        self._decorate(item, composer)

    def _reshare(self, item: Item) -> None:
        item.reshare_of = self._dice.pick(self._public).item
        if self._dice.share() < _BARE_SHARE:
            return
        composer = Composer(self._dice, item.language)
        composer.chat_after(composer.phrases.shares)
        item.text = composer.text()

    def _quote(self, item: Item, quoted: Passage) -> None:
        composer = Composer(self._dice, item.language)
        composer.say(composer.phrases.quotes, quoted.text.body)
        composer.say(composer.phrases.sentences)
        item.quote_of = quoted.item
        item.text = composer.text()

    def _photo(self, item: Item) -> None:
        item.media = f"media/{item.created_at:%Y/%m}/{item.item}.jpg"
        if self._dice.share() < _EMPTY_CAPTION_SHARE:
            return
        composer = Composer(self._dice, item.language)
        composer.chat_after(composer.phrases.captions)
        self._decorate(item, composer)

    def _comment(self, item: Item) -> None:
        composer = Composer(self._dice, item.language)
        composer.chat_after(composer.phrases.comments)
        if self._public:
            target = self._dice.pick(self._public)
            item.reply_to = target.item
            if self._dice.share() < _REPLY_MENTION_SHARE:
                self._mention(item, composer, target.author)
        self._decorate(item, composer)

    def _chat(self, item: Item) -> None:
        item.visibility = "direct"
        item.product = "messenger" if self._dice.share() < _MESSENGER_SHARE else "social"
        composer = Composer(self._dice, item.language)
        composer.chat_after(composer.phrases.questions)
        if self._dice.share() < _IDENTIFIER_SHARE:
            composer.plant_any()
        item.text = composer.text()

    def _decorate(self, item: Item, composer: Composer) -> None:
        """Add what some texts have: a mention, an identifier, a farewell."""
        if not item.mentions and self._dice.share() < _MENTION_SHARE:
            self._mention(item, composer, self._dice.pick(self._accounts))
        if self._dice.share() < _IDENTIFIER_SHARE:
            composer.plant_any()
        composer.close()
        item.text = composer.text()

    def _mention(self, item: Item, composer: Composer, other: Account) -> None:
        composer.plant(composer.phrases.answers, "handle", other.handle)
        item.mentions = (other.account,)

    def _end_of_life(self, item: Item) -> None:
        """Let some items be removed, expire, or change their audience."""
        dice = self._dice
        alive = self._now - item.created_at
        if dice.share() < _REMOVED_SHARE:
            item.removed_at = item.created_at + _part_of(dice, alive)
        if item.kind == "post" and dice.share() < _EXPIRING_SHARE:
            item.expires_at = item.created_at + dice.pick((timedelta(days=1), timedelta(days=3650)))
        if item.kind == "ai_interaction" or dice.share() >= _EDITED_SHARE:
            return
        before = dice.pick([word for word, _ in _VISIBILITIES if word != item.visibility])
        later = item.created_at + _SECOND + _part_of(dice, alive - _SECOND)
        changes = ((item.created_at, before), (later, item.visibility))
        self.content.audience_log.extend(
            AudienceChange(item=item.item, at=at, visibility=visibility) for at, visibility in changes
        )

    def _remember(self, item: Item) -> None:
        if item.visibility != "public" or item.removed_at is not None:
            return
        self._public.append(item)
        if item.kind == "post" and item.text.body and not item.text.planted and not item.quote_of:
            passage = Passage(item=item.item, author=item.author, text=item.text)
            self._plain.setdefault(item.language, []).append(passage)
            self._situations.note(passage, item.language)


def make_content(
    dice: Dice,
    accounts: Sequence[Account],
    situations: Situations,
    *,
    items: int,
    prolific: Collection[str],
    now: datetime,
) -> Content:
    """Publish a number of items, many of them by the prolific accounts; situations befall some.

    The items planned first give every language a public voice, however small the platform.
    """
    weights = dice.spread(len(accounts))
    for position, account in enumerate(accounts):
        if account.account in prolific:
            weights[position] = _PROLIFIC_WEIGHT
    first = {account.language: position for position, account in reversed(list(enumerate(accounts)))}
    authors = [first[language] for language in LANGUAGES]
    authors += dice.choose(weights, items - len(authors))
    writer = _Writer(dice, accounts, situations, now=now)
    for number, slot in enumerate(_plan(dice, [accounts[author] for author in authors], now=now)):
        writer.write(slot, number)
    writer.content.audience_log.sort(key=lambda change: (change.at, change.item))
    return writer.content


def _plan(dice: Dice, authors: Sequence[Account], *, now: datetime) -> list[_Slot]:
    """Say who publishes what when, by time; the first authors are the first voices of their languages."""
    slots = []
    for number, account in enumerate(authors):
        is_first_voice = number < len(LANGUAGES)
        kind = "post" if is_first_voice else dice.pick_weighted(_KIND_WEIGHTS)
        created_at = account.created_at + _part_of(dice, now - account.created_at - _NEWEST)
        slots.append(_Slot(author=account, kind=kind, created_at=created_at, is_first_voice=is_first_voice))
    return sorted(slots, key=lambda slot: (slot.created_at, slot.author.account, slot.kind))


def _part_of(dice: Dice, whole: timedelta) -> timedelta:
    """Return a part of a span of time, in whole seconds and shorter than it."""
    return timedelta(seconds=int(dice.share() * whole.total_seconds()))


def _is_long(body: str) -> bool:
    return body.count(" ") >= _WORDS_FOR_NEAR_COPY
