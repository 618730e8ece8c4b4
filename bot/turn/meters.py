"""What `/metrics` counts of turns and sockets; one registry for each composed service."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

LATENCY_BUCKETS_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Meters:
    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.turns = Counter(
            "shopkeeper_turns", "Customer messages worked on, by outcome", ["outcome"], registry=self.registry
        )
        self.latency = Histogram(
            "shopkeeper_turn_seconds",
            "From accepting a message to its reply",
            buckets=LATENCY_BUCKETS_S,
            registry=self.registry,
        )
        self.busy = Counter(
            "shopkeeper_lease_conflicts",
            "Messages that found their conversation being worked on",
            registry=self.registry,
        )
        self.sockets = Gauge("shopkeeper_sockets", "Open customer sockets", registry=self.registry)
        self.queue = Gauge("shopkeeper_queue_depth", "Conversations waiting for a person", registry=self.registry)
