"""What `/metrics` shows of models in this process: queue, waiting and running of each thread, and what serves.

Read from the models at the moment of asking, so nothing counts twice.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import accumulate

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.models.following import Following
from nlu.batching import Load, Spread

COUNTERS: Mapping[str, tuple[str, Callable[[Load], int]]] = {
    "messages": ("Messages answered by this thread", lambda load: load.messages),
    "batches": ("Batches they ran in", lambda load: load.batches),
    "failures": ("Messages whose batch failed", lambda load: load.failures),
    "refused": ("Messages that found the queue full", lambda load: load.refused),
}
HISTOGRAMS: Mapping[str, tuple[str, Callable[[Load], Spread]]] = {
    "wait_seconds": ("From a message's arrival to its batch", lambda load: load.wait_s),
    "run_seconds": ("Of a batch", lambda load: load.run_s),
    "batch_size": ("Messages in a batch", lambda load: load.sizes),
}


class ModelMeters(Collector):
    """Prometheus asks it at each reading."""

    def __init__(self, following: Following) -> None:
        self._following = following

    def describe(self) -> Iterator[Metric]:
        """Nothing to say before the first reading."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        yield from _threads(self._following.models.loads())
        yield from _serving(self._following)


def router(following: Following) -> APIRouter:
    """`GET /metrics` of a service that has nothing but models."""
    routes, registry = APIRouter(tags=["health"]), CollectorRegistry()
    registry.register(ModelMeters(following))

    @routes.get("/metrics")
    def metrics() -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return routes


def _threads(loads: dict[str, Load]) -> Iterator[Metric]:
    queue = GaugeMetricFamily("shopkeeper_model_queue", "Messages waiting for this thread", labels=["thread"])
    for thread, load in loads.items():
        queue.add_metric([thread], load.depth)
    yield queue
    for name, (text, value) in COUNTERS.items():
        counter = CounterMetricFamily(f"shopkeeper_model_{name}", text, labels=["thread"])
        for thread, load in loads.items():
            counter.add_metric([thread], value(load))
        yield counter
    for name, (text, spread) in HISTOGRAMS.items():
        histogram = HistogramMetricFamily(f"shopkeeper_model_{name}", text, labels=["thread"])
        for thread, load in loads.items():
            histogram.add_metric([thread], _buckets(spread(load)), spread(load).total)
        yield histogram


def _serving(following: Following) -> Iterator[Metric]:
    info = GaugeMetricFamily("shopkeeper_model_info", "The classifier that understands messages now", labels=["model"])
    info.add_metric([following.models.model], 1)
    yield info
    yield GaugeMetricFamily("shopkeeper_answers", "Answers that search finds", value=len(following.models.answers))
    yield GaugeMetricFamily("shopkeeper_answers_published", "Those that agents published", value=following.published)
    refused = GaugeMetricFamily(
        "shopkeeper_refused", "1: the newest cannot be loaded, the one before serves", labels=["what"]
    )
    for what, is_refused in following.refused.items():
        refused.add_metric([what], is_refused)
    yield refused


def _buckets(spread: Spread) -> list[tuple[str, float]]:
    bounds = [*(str(bound) for bound in spread.bounds), "+Inf"]
    return list(zip(bounds, accumulate(spread.counts), strict=True))
