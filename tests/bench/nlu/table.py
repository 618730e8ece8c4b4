"""The results as Markdown: a table for each test, and one of what noise costs."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from statistics import mean, stdev

from tests.bench.nlu.data import NOISE, noise_name
from tests.bench.nlu.store import Result

NAMES = {
    "svm": "TF-IDF + linear SVM",
    "logistic": "logistic regression, frozen encoder",
    "ours": "Shopkeeper",
    "lora": "Shopkeeper, LoRA",
    "diet": "Rasa DIET",
}
SHARES = (  # heading, score, whether its interval is shown
    ("accuracy", "accuracy", True),
    ("macro-F1", "macro_f1", True),
    ("OOS AUROC", "oos_auroc", True),
    ("OOS recall", "oos_recall", False),
    ("in scope kept", "in_scope_kept", False),
    ("accuracy after", "accuracy_after", False),
)
COSTS = (
    ("train s", "train_seconds", 0),
    ("CPU s", "train_processor_seconds", 0),
    ("ms", "ms_per_message", 1),
    ("MB", "size_mb", 1),
)
QUICK = "**Small slices of the data (`--quick`): the figures say that it runs, not how good anything is.**\n\n"
LEGEND = (
    "Shares in percent: the mean, ± the standard deviation over seeds where there are several, and the 95 % interval "
    "for the size of the test. *accuracy*, *macro-F1* and *ECE*: in-scope rows, best intent, no threshold; *accuracy "
    "after*: what the threshold refuses counts as wrong. *train s*: by the clock, *CPU s*: of all processors together; "
    "*ms*: processor time of one message at a time on one thread; *MB*: what is kept to predict."
)


def report(results: Sequence[Result], pace: Result | None = None, *, quick: bool = False) -> str:
    """All tables; `results` in any order."""
    noise = {noise_name(*each) for each in NOISE}
    tests: dict[tuple[str, str], list[Result]] = defaultdict(list)
    for result in results:
        for test in result["tests"]:
            if test not in noise:
                tests[result["data"], test].append(result)
    parts = [_test(data, test, rows) for (data, test), rows in tests.items()]
    lost = [result for result in results if result["lost"]]
    parts += [_lost(lost)] if lost else []
    parts += [_speed(pace)] if pace else []
    return (QUICK if quick else "") + "\n\n".join([*parts, LEGEND]) + "\n"


def _test(data: str, test: str, results: Sequence[Result]) -> str:
    scores = results[0]["tests"][test]
    title = data if test == "test" else f"{data}: {test}"
    seeds = sorted({result["seed"] for result in results})
    counts = (
        f"{results[0]['examples']:,} to train, {scores['n_in_scope']:,} in scope and {scores['n_out_of_scope']:,} out"
    )
    shares = [share for share in SHARES if scores["n_out_of_scope"] or share[1] in ("accuracy", "macro_f1")]
    headings = ["method", *(heading for heading, _, _ in shares), "ECE", *(heading for heading, _, _ in COSTS)]
    rows = []
    for method in NAMES:
        own = [result for result in results if result["method"] == method]
        if own:
            parts = [result["tests"][test] for result in own]
            cells = [_share(parts, name, interval=interval) for _, name, interval in shares]
            ece = [part["ece"] for part in parts if "ece" in part]
            cells.append(f"{mean(ece):.3f}" if ece else "–")
            costs = [f"{mean(result[name] for result in own):,.{digits}f}" for _, name, digits in COSTS]
            rows.append([NAMES[method], *cells, *costs])
    return f"### {title}\n\n{counts} to test; seeds {', '.join(map(str, seeds))}.\n\n{_markdown(headings, rows)}"


def _share(parts: Sequence[dict[str, float]], name: str, *, interval: bool) -> str:
    values = [100 * part[name] for part in parts if name in part]
    if not values:
        return "–"
    spread = f" ± {stdev(values):.1f}" if len(values) > 1 else ""
    ends = [mean(100 * part[f"{name}_{end}"] for part in parts) for end in ("low", "high")] if interval else []
    return f"{mean(values):.1f}{spread}" + (f" [{ends[0]:.1f}, {ends[1]:.1f}]" if ends else "")


def _lost(results: Sequence[Result]) -> str:
    """Points of accuracy lost on the part set aside."""
    methods = [result for method in NAMES for result in results if result["method"] == method]
    rows = []
    for name in methods[0]["lost"]:
        cells = [result["lost"][name] for result in methods]
        rows.append([name, *(f"{100 * points:.1f} ± {100 * half:.1f}" for points, half in cells)])
    headings = ["noise", *(NAMES[result["method"]] for result in methods)]
    words = (
        "Points of accuracy lost on the shop's set-aside part, ± half of the 95 % interval; three draws of each text."
    )
    return f"### Noise\n\n{words}\n\n{_markdown(headings, rows)}"


def _speed(pace: Result) -> str:
    """The shop's own model: one message of 25 tokens, and 32 clients at once."""
    single, rate, lone = pace["single_ms"], pace["per_second"], pace["lone_ms"]
    names = {"torch": "torch", "float32": "ONNX float32", "served": "ONNX int8" if pace["quantised"] else "as served"}
    rows = []
    for name, shown in names.items():
        accuracy = pace["accuracy"].get(name, pace["accuracy"]["float32"])
        rows.append([shown, f"{single[name]:.2f}", f"{single['torch'] / single[name]:.2f}", f"{100 * accuracy:.2f}"])
    many = [
        [name, f"{rate[name]:.0f}", f"{rate[name] / rate['one by one']:.2f}", f"{lone[name]:.2f}"]
        for name in ("one by one", "batched")
    ]
    first = _markdown(["one message, one thread", "ms", "times as fast", "accuracy on the part set aside"], rows)
    second = _markdown(["32 clients, two threads", "messages/s", "times as many", "ms of a lone message"], many)
    return f"### Speed\n\n{first}\n\n{second}"


def _markdown(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [headings, ["---", *["---:"] * (len(headings) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
