import subprocess
import sys

LIGHT = (
    "demur.training.plan",
    "demur.training.guard",
    "demur.training.lineage",
    "demur.training.record",
    "demur.training.rewind",
    "demur.audit.canaries",
    "demur.audit.metrics",
    "demur.audit.report",
)


def test_only_model_loop_tokenizer_and_scorer_need_the_extra():
    code = (
        f"import sys, {', '.join(LIGHT)}; print(sorted({{'torch', 'transformers', 'tokenizers'}} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
