"""What keeps the server: backups and restoring, the doctor, health and metrics, the operator's page."""

from flask import Flask

from ceapp.operating.health import Probe
from ceapp.operating.metrics import install_metrics
from ceapp.operating.views import blueprint


def install(app: Flask) -> None:
    """Register the pages of this feature, and begin to count when somebody may read the figures."""
    app.extensions["ceapp.probe"] = Probe(app)
    install_metrics(app)
    app.register_blueprint(blueprint)
