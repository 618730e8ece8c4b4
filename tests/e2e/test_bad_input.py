"""What a user gets wrong, told in one sentence that says what to do."""

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from bot.models import training
from bot.settings import Settings
from tests.stack import ROOT, environment, link_trained

SHOPKEEPER = Path(sys.executable).with_name("shopkeeper")


@pytest.fixture
def var(tmp_path):
    folder = tmp_path / "var"
    link_trained(folder)
    return folder


def shopkeeper(*arguments, **settings):
    env = {**os.environ, **settings}
    done = subprocess.run([SHOPKEEPER, *arguments], env=env, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert "Traceback" not in done.stderr, done.stderr
    return done


def test_a_used_port_is_named(var):
    env = environment(var)
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", int(env["PORT"])))
        busy.listen()
        done = shopkeeper("run", **env)
    assert done.returncode == 1
    assert f"port {env['PORT']}" in done.stderr and "PORT=" in done.stderr


def test_a_start_before_the_set_up_says_so(tmp_path):
    done = shopkeeper("run", **environment(tmp_path))
    assert done.returncode == 1 and "make setup" in done.stderr


def test_a_database_that_is_not_set_up_says_so(tmp_path):
    done = shopkeeper("key", "list", VAR_DIR=str(tmp_path))
    assert done.returncode == 1 and "shopkeeper setup" in done.stderr


def test_a_model_folder_of_another_version_is_refused(tmp_path):
    model = tmp_path / "nlu"
    shutil.copytree(training.model_folder(Settings(_env_file=None, var_dir=ROOT / "var")), model)
    config = json.loads((model / "config.json").read_text())
    (model / "config.json").write_text(json.dumps({**config, "format": 99}))
    done = shopkeeper("nlu", "eval", "--model", str(model))
    assert done.returncode == 1 and "99" in done.stderr and "train" in done.stderr


def test_a_broken_yaml_names_file_and_line(tmp_path):
    data = tmp_path / "data"
    shutil.copytree(ROOT / "data", data)
    (data / "answers" / "delivery.yml").write_text("- id: one\n  wordings: [unclosed\n")
    done = shopkeeper("retrieval", "check", DATA_DIR=str(data))
    assert done.returncode == 1
    assert "delivery.yml:3: not valid YAML" in done.stdout


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("orders.csv", "InvoiceNo,StockCode\n1,A\n", "Quantity"),
        ("orders.csv", "", "empty"),
        ("orders.parquet", "not parquet", "orders.parquet"),
        ("orders.txt", "hello", "InvoiceNo"),
    ],
)
def test_a_malformed_import_is_explained(tmp_path, name, content, says):
    (tmp_path / name).write_text(content)
    done = shopkeeper("insight", "import", str(tmp_path / name), "--dry-run", VAR_DIR=str(tmp_path))
    assert done.returncode == 1 and says.lower() in done.stderr.lower()


@pytest.mark.skipif(not Path("/sys").is_dir(), reason="needs a folder that not even root may write")
def test_a_folder_that_may_not_be_written_is_named():
    done = shopkeeper("setup", VAR_DIR="/sys/shopkeeper")
    assert done.returncode == 1 and "/sys/shopkeeper" in done.stderr and "VAR_DIR" in done.stderr


def test_a_production_start_without_secrets_is_refused(tmp_path):
    done = shopkeeper("serve", "gateway", ENVIRONMENT="production", VAR_DIR=str(tmp_path))
    assert done.returncode == 1 and "SECRET_KEY" in done.stderr
