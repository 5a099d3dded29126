"""What verifiers said about cases, counted."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from cases import Must
from programs import Case, Checker


@dataclass(slots=True)
class Tally:
    """What one verifier said; the first few mistakes are kept whole."""

    counts: Counter[str] = field(default_factory=Counter)
    mistakes: list[Case] = field(default_factory=list)

    def note(self, case: Case, must: Must, *, accepted: bool) -> None:
        """Count one answer."""
        said = "accepted" if accepted else "refused"
        match must:
            case Must.ACCEPT:
                word = "true, accepted" if accepted else "wrongly refused"
            case Must.REFUSE:
                word = "wrongly accepted" if accepted else "altered, refused"
            case Must.EITHER:
                word = f"harmless, {said}"
        self.counts[word] += 1
        if word.startswith("wrongly") and len(self.mistakes) < 3:
            self.mistakes.append(case)


def ask_all(checkers: Iterable[Checker], cases: Iterable[Case], tallies: dict[str, Tally]) -> None:
    """Ask every verifier about the cases that it can judge."""
    asked = list(cases)
    for checker in checkers:
        judged = [case for case in asked if isinstance(case, checker.judges)]
        for case, accepted in zip(judged, checker.ask(judged), strict=True):
            tallies.setdefault(checker.name, Tally()).note(case, checker.must(case), accepted=accepted)
