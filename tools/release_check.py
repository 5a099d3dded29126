"""Build the wheel and use it as a stranger would: `make release-check`.

A fresh environment gets the wheel without extras, at the versions of requirements/core.lock. There the flow from source
to verified evidence must work, with no trace of Django, torch or Ray.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import venv
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = "sample"
MAKE_SAMPLE = f"demur sample --out {SAMPLE} --people 60 --items 600 --seed 7"
# Each command runs in the sample's folder, in this order; what is in braces is read from the sample.
FLOW = (
    "demur keys create",
    "demur register import accounts.csv notices.csv objections.csv withdrawals.csv",
    "demur register snapshot",
    "demur build sample",
    "demur register object {late_objection} --out receipt.tlog-proof",
    "demur apply sample",
    "demur explain {item} --corpus sample",
    "demur export sample --to parquet --out view.parquet --recipient Laboratory",
    "demur purge sample",
    "demur policy show",
    "demur portal link {late_objection}",
    "demur evidence pack sample --out pack.zip",
    "demur evidence verify pack.zip --trust keys/public.json --receipt receipt.tlog-proof",
    "demur verify receipt.tlog-proof --trust keys/public.json",
    "demur-verify receipt.tlog-proof --key {log_key}",
)
# What needs an extra says which one, and changes nothing.
REFUSED = (
    ("demur train sample --out run", 3, "pip install 'demur[train]'"),
    ("demur audit run run --corpus sample", 3, "pip install 'demur[train]'"),
    ("demur serve --contact help@example.org", 3, "pip install 'demur[web]'"),
)
ABSENT = (
    "django",
    "fido2",
    "fpdf2",
    "granian",
    "pyjwt",
    "segno",
    "torch",
    "transformers",
    "tokenizers",
    "safetensors",
    "ray",
    "onnxruntime",
    "psycopg",
)


class ReleaseCheckError(Exception):
    """A step of the check failed; the message names it."""


@dataclass(frozen=True, slots=True)
class Environment:
    """An environment that holds the wheel and nothing of this checkout."""

    folder: Path

    @property
    def python(self) -> Path:
        """Return the interpreter."""
        return self.folder / "bin" / "python"

    def run(self, command: list[str], *, cwd: Path, status: int = 0) -> str:
        """Run a command with this environment first on the path and return what it printed and complained about.

        Raises:
            ReleaseCheckError: the command ended otherwise; its output is in the message.
        """
        kept = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR") if name in os.environ}
        variables = kept | {"PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}", "NO_COLOR": "1"}
        done = subprocess.run(command, cwd=cwd, env=variables, capture_output=True, text=True, check=False)
        if done.returncode != status:
            message = f"`{' '.join(command)}` ended with {done.returncode}\n{done.stdout}{done.stderr}"
            raise ReleaseCheckError(message)
        return done.stdout + done.stderr


def build_wheel(folder: Path) -> Path:
    """Build the wheel of this checkout; the build backend is the one that the lock holds."""
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        message = f"the wheel could not be built\n{done.stdout}{done.stderr}"
        raise ReleaseCheckError(message)
    return next(folder.glob("demur-*.whl"))


def install_wheel(wheel: Path, folder: Path) -> Environment:
    """Create an empty environment and install the wheel without extras."""
    venv.create(folder, with_pip=True, clear=True)
    options = ["-qq", "--disable-pip-version-check", "--constraint", str(ROOT / "requirements" / "core.lock")]
    command = [str(folder / "bin" / "python"), "-m", "pip", "install", *options, str(wheel)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        message = f"the wheel could not be installed\n{done.stdout}{done.stderr}"
        raise ReleaseCheckError(message)
    return Environment(folder)


def require_absence(environment: Environment, work: Path) -> None:
    """Check that no optional package came with the bare install."""
    program = "import importlib.util, sys; print(*(n for n in sys.argv[1:] if importlib.util.find_spec(n)))"
    present = environment.run([str(environment.python), "-c", program, *ABSENT], cwd=work).split()
    if present:
        message = f"the bare install holds {', '.join(present)}; it must hold none of {', '.join(ABSENT)}"
        raise ReleaseCheckError(message)


def report(step: str, started: float) -> None:
    """Print one finished step with its duration."""
    print(f"  ok  {step}  ({time.monotonic() - started:.1f} s)", flush=True)


def check_release(work: Path) -> None:
    """Run every step, each on the result of the one before."""
    started = time.monotonic()
    wheel = build_wheel(work / "dist")
    report(f"built {wheel.name} ({wheel.stat().st_size // 1024} KiB)", started)
    started = time.monotonic()
    environment = install_wheel(wheel, work / "venv")
    report("installed without extras in an empty environment", started)
    require_absence(environment, work)
    report(f"absent: {', '.join(ABSENT)}", time.monotonic())
    started = time.monotonic()
    environment.run(MAKE_SAMPLE.split(), cwd=work)
    report(MAKE_SAMPLE, started)
    run_flow(environment, work / SAMPLE)
    require_hints(environment, work / SAMPLE)


def run_flow(environment: Environment, sample: Path) -> None:
    """Run the flow from source to verified evidence."""
    late = (sample / "late_objection.txt").read_text("utf-8").strip()
    item = json.loads((sample / "planted.jsonl").read_text("utf-8").splitlines()[0])["item"]
    for command in FLOW:
        started = time.monotonic()
        public = sample / "keys" / "public.json"
        log_key = json.loads(public.read_text("utf-8"))["log"] if public.exists() else ""
        environment.run(command.format(late_objection=late, item=item, log_key=log_key).split(), cwd=sample)
        report(command, started)


def require_hints(environment: Environment, sample: Path) -> None:
    """Check that a command whose extra is missing ends with its own status and names the extra."""
    for command, status, hint in REFUSED:
        started = time.monotonic()
        if hint not in environment.run(command.split(), cwd=sample, status=status):
            message = f"`{command}` does not say {hint}"
            raise ReleaseCheckError(message)
        report(f"{command}: {hint}", started)


def main() -> int:
    """Check in a temporary folder; return 1 with the failed step on standard error."""
    with tempfile.TemporaryDirectory(prefix="demur-release-") as folder:
        try:
            check_release(Path(folder))
        except ReleaseCheckError as error:
            print(f"release check failed: {error}", file=sys.stderr)
            return 1
    print("release check passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
