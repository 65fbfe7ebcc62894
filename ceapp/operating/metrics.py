"""Figures for Prometheus, when a token for them is set: summed over the processes of this server, with labels from fixed lists only."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Flask

from ceapp.config import Settings
from ceapp.web.jobs import job_failed
from ceapp.web.request_log import Seen, request_ended

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

SHARED = "PROMETHEUS_MULTIPROC_DIR"
"""The variable by which prometheus_client is told, before it is imported, where processes write down their figures."""

_EXTENSION = "ceapp.metrics"
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


@dataclass(frozen=True, slots=True)
class Gauge:
    """A figure that is asked for when somebody reads the metrics."""

    name: str
    about: str
    values: dict[str, float]
    label: str = ""


def empty_metrics(settings: Settings) -> None:
    """Make the folder in which the processes of the next server count together, and say where it is to those that follow this one."""
    folder = settings.instance_path / "metrics"
    shutil.rmtree(folder, ignore_errors=True)
    os.environ.pop(SHARED, None)
    if settings.metrics_token:
        folder.mkdir(mode=0o700)
        os.environ[SHARED] = str(folder)


def install_metrics(app: Flask) -> None:
    """Count from now on, when there is a token to read the figures with."""
    if app.extensions["ceapp.settings"].metrics_token:
        app.extensions[_EXTENSION] = Metrics()
        request_ended.connect(_count_request, app)
        job_failed.connect(_count_failure, app)


def metrics_of(app: Flask) -> Metrics | None:
    found: Metrics | None = app.extensions.get(_EXTENSION)
    return found


def _count_request(app: Flask, seen: Seen) -> None:
    app.extensions[_EXTENSION].count(seen)


def _count_failure(app: Flask, job: str) -> None:
    app.extensions[_EXTENSION].job_failures.labels(job).inc()


class Metrics:
    """The counters of this process."""

    def __init__(self) -> None:
        # An extra: most installations have no such package, and it must know of the shared folder when it is imported.
        import prometheus_client  # noqa: PLC0415

        self._client, self._registry = prometheus_client, prometheus_client.CollectorRegistry()
        by = ("endpoint", "method", "status")
        own: dict[str, Any] = {"registry": self._registry}
        self.requests = prometheus_client.Counter("ceapp_requests", "Requests that were answered.", by, **own)
        self.refused = prometheus_client.Counter("ceapp_refused", "Requests for what is not theirs or not there.", ("status",), **own)
        self.seconds = prometheus_client.Histogram("ceapp_request_seconds", "Time to answer.", by, buckets=_BUCKETS, **own)
        self.sql_seconds = prometheus_client.Counter("ceapp_sql_seconds", "Time in the database for requests.", ("endpoint",), **own)
        self.sql_statements = prometheus_client.Counter("ceapp_sql_statements", "Statements of requests.", ("endpoint",), **own)
        self.job_failures = prometheus_client.Counter("ceapp_job_failures", "Turns of jobs that ended in an error.", ("job",), **own)

    def count(self, seen: Seen) -> None:
        endpoint = seen.endpoint or "none"
        labels = (endpoint, seen.method, f"{seen.status // 100}xx")
        self.requests.labels(*labels).inc()
        if seen.is_refused:
            self.refused.labels(str(seen.status)).inc()
        self.seconds.labels(*labels).observe(seen.ms / 1000)
        if seen.work.statements:
            self.sql_seconds.labels(endpoint).inc(seen.work.seconds)
            self.sql_statements.labels(endpoint).inc(seen.work.statements)

    def text(self, gauges: list[Gauge]) -> tuple[bytes, str]:
        """All figures in Prometheus' words, and their content type."""
        registry = self._registry
        if shared := os.environ.get(SHARED):
            from prometheus_client.multiprocess import MultiProcessCollector  # noqa: PLC0415 - as above

            registry = self._client.CollectorRegistry()
            MultiProcessCollector(registry, shared)  # type: ignore[no-untyped-call]
        asked = self._client.CollectorRegistry()
        asked.register(_Asked(gauges))
        content_type = "text/plain; version=0.0.4; charset=utf-8"
        return self._client.generate_latest(registry) + self._client.generate_latest(asked), content_type


class _Asked:
    """The figures that were asked for just now, as prometheus_client wants them."""

    def __init__(self, gauges: list[Gauge]) -> None:
        self._gauges = gauges

    def collect(self) -> Iterator[Metric]:
        from prometheus_client.metrics_core import GaugeMetricFamily  # noqa: PLC0415 - as above

        for gauge in self._gauges:
            family = GaugeMetricFamily(gauge.name, gauge.about, labels=[gauge.label] if gauge.label else [])
            for label, value in gauge.values.items():
                family.add_metric([label] if gauge.label else [], value)
            yield family
