"""Our filter as a step of DataTrove; run by `make adapters`."""

import json

from datatrove.data import Document
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers import JsonlWriter

from demur.filters.datatrove import DemurFormatter
from demur.filters.text import FILTER_VERSION

TEXTS = ("mail bo@example.org", "fine", "IBAN DE89 3704 0044 0532 0130 00, mail ada@example.org")


def test_documents_are_redacted_in_their_order_and_counted():
    documents = [Document(text=text, id=str(number)) for number, text in enumerate(TEXTS)]
    step = DemurFormatter(at_once=2)
    done = list(step.run(iter(documents)))
    assert [(one.id, one.text) for one in done] == [
        ("0", "mail [EMAIL]"),
        ("1", "fine"),
        ("2", "IBAN [IBAN], mail [EMAIL]"),
    ]
    assert [one.metadata["demur"] for one in done] == [{"filter": FILTER_VERSION, "cuts": cuts} for cuts in (1, 0, 2)]
    assert step.stats["total"].total == 3


def test_it_runs_in_a_pipeline_of_files(tmp_path):
    (tmp_path / "in").mkdir()
    rows = [{"id": str(number), "text": text, "language": "de"} for number, text in enumerate(TEXTS)]
    (tmp_path / "in/a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    reader = JsonlReader(str(tmp_path / "in"))
    writer = JsonlWriter(str(tmp_path / "out"), compression=None)
    LocalPipelineExecutor([reader, DemurFormatter(), writer], logging_dir=str(tmp_path / "log")).run()
    (written,) = (tmp_path / "out").glob("*.jsonl")
    texts = [json.loads(line)["text"] for line in written.read_text("utf-8").splitlines()]
    assert texts == ["mail [EMAIL]", "fine", "IBAN [IBAN], mail [EMAIL]"]
