"""The files of `deploy/` are what systemd and compose take, and they give away no more than is needed."""

import shlex
import shutil
import subprocess
from pathlib import Path

import yaml

from demur.cli.app import make_app

DEPLOY = Path(__file__).parents[2] / "deploy"
# The keys of a service in the compose specification that this file may use.
SERVICE = {
    *("build", "cap_drop", "command", "healthcheck", "init", "ports", "read_only", "restart", "security_opt"),
    *("stop_grace_period", "tmpfs", "user", "volumes", "working_dir"),
}
EXPOSURE_AT_MOST = 20  # in tenths, of what systemd counts from 0 to 100


def test_systemd_takes_the_unit_and_finds_it_well_closed(tmp_path):
    unit = tmp_path / "demur.service"
    text = (DEPLOY / "demur.service").read_text()
    assert text.count("ExecStart=/opt/demur/bin/demur serve\n") == 1
    unit.write_text(text.replace("/opt/demur/bin/demur serve", shutil.which("true")))
    analyze = ["systemd-analyze", "--no-pager"]
    verified = subprocess.run([*analyze, "verify", unit], check=False, capture_output=True, text=True)
    closed = subprocess.run(
        [*analyze, "security", "--offline=true", f"--threshold={EXPOSURE_AT_MOST}", unit],
        check=False,
        capture_output=True,
        text=True,
    )
    assert (verified.returncode, verified.stderr, closed.returncode) == (0, "", 0), closed.stdout


def test_the_compose_file_has_known_keys_and_listens_on_this_machine_alone():
    composed = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    ((name, service),) = composed["services"].items()
    assert (set(composed), name, set(service) - SERVICE) == ({"services"}, "demur", set())
    assert [port.split(":")[0] for port in service["ports"]] == ["127.0.0.1"] * 2
    assert (service["cap_drop"], service["read_only"], service["user"].split(":")[0] == "0") == (["ALL"], True, False)
    assert (DEPLOY / service["build"]["context"] / service["build"]["dockerfile"]).is_file()


def test_what_they_start_is_a_command_with_its_options():
    commands = [
        shlex.split((DEPLOY / "demur.service").read_text().split("ExecStart=")[1].splitlines()[0])[1:],
        yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]["demur"]["command"],
    ]
    begun = [
        make_app(words[0]).parse_args(words, exit_on_error=False, print_error=False)[0].__name__ for words in commands
    ]
    assert begun == ["serve_parts", "serve_parts"]
