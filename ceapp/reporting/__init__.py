"""Exports and reports over everything: certificates, rosters, packs, CE Broker, all about oneself; times, evaluations, years; retention."""

from flask import Flask

from ceapp.reporting import evaluation_views, exporting, pack_views, time_views, transcript_views, views, yearly_views
from ceapp.reporting.ce_broker import stock
from ceapp.reporting.ce_broker import views as ce_broker_views
from ceapp.reporting.dossier import views as dossier_views
from ceapp.reporting.own_data import views as own_data_views
from ceapp.reporting.retention import views as retention_views
from ceapp.reporting.reviewing import views as reviewing_views
from ceapp.reporting.reviewing.letters import install_letters
from ceapp.web.jobs import register_job

__all__ = [
    "ce_broker_views",
    "dossier_views",
    "evaluation_views",
    "install",
    "own_data_views",
    "pack_views",
    "retention_views",
    "reviewing_views",
    "time_views",
    "transcript_views",
    "yearly_views",
]


def install(app: Flask) -> None:
    """Register the pages of this feature, and the job that makes missing PDFs."""
    install_letters(app)
    app.register_blueprint(views.blueprint)
    register_job(app, "exports", 2, exporting.prepare_some)
    register_job(app, stock.JOB, stock.EVERY_SECONDS, stock.take_some)
