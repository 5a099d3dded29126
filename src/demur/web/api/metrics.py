"""What the door counts: requests, acknowledged objections, the queue and the time of a commit; nobody is in it.

The text format of Prometheus, version 0.0.4. Labels are routes of the table, methods and status codes only, so that no
address, key, token or account can become a label.
"""

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field

MEDIA = "text/plain; version=0.0.4; charset=utf-8"
_BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


@dataclass(slots=True)
class Metrics:
    """The counts of this process since it started."""

    requests: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    acknowledged: int = 0
    admissions: Counter[str] = field(default_factory=Counter)
    _buckets: list[int] = field(default_factory=lambda: [0] * (len(_BOUNDS) + 1))
    _seconds: float = 0.0

    def count_request(self, route: str, method: str, status: int) -> None:
        """Count one answered request."""
        self.requests[(route, method, status)] += 1

    def count_objection(self, seconds: float) -> None:
        """Count one acknowledged objection, and the seconds from the queue to the disk."""
        self.acknowledged += 1
        self._seconds += seconds
        self._buckets[bisect_left(_BOUNDS, seconds)] += 1

    def count_admission(self, outcome: str) -> None:
        """Count one open objection at the gate: `open`, `work`, `turn`, or the code of its refusal."""
        self.admissions[outcome] += 1

    def write(self, *, waiting: int, has_load: bool) -> bytes:
        """Return the counts as text; `waiting` is the length of the queue now, `has_load` that work is asked for."""
        lines = [
            *_head("demur_requests_total", "counter", "Requests by route of the table, method and status."),
            *(
                f'demur_requests_total{{route="{route}",method="{method}",status="{status}"}} {count}'
                for (route, method, status), count in sorted(self.requests.items())
            ),
            *_head("demur_objections_acknowledged_total", "counter", "Objections whose receipt was made."),
            f"demur_objections_acknowledged_total {self.acknowledged}",
            *_head("demur_queue_waiting", "gauge", "Requests that wait for the next batch."),
            f"demur_queue_waiting {waiting}",
            *_head("demur_load", "gauge", "1 while open objections take work or patience."),
            f"demur_load {int(has_load)}",
            *_head("demur_open_objections_total", "counter", "Open objections at the gate, by what became of them."),
            *(
                f'demur_open_objections_total{{outcome="{outcome}"}} {count}'
                for outcome, count in sorted(self.admissions.items())
            ),
            *_head("demur_commit_seconds", "histogram", "From the queue to the disk, for each objection."),
            *self._histogram(),
        ]
        return ("\n".join(lines) + "\n").encode()

    def _histogram(self) -> list[str]:
        total, lines = 0, []
        for bound, count in zip((*map(str, _BOUNDS), "+Inf"), self._buckets, strict=True):
            total += count
            lines.append(f'demur_commit_seconds_bucket{{le="{bound}"}} {total}')
        return [*lines, f"demur_commit_seconds_sum {self._seconds:.6f}", f"demur_commit_seconds_count {total}"]


def _head(name: str, kind: str, text: str) -> tuple[str, str]:
    return f"# HELP {name} {text}", f"# TYPE {name} {kind}"
