"""The append-only record of deeds. Entries hold ids and a deed, no names and no free text, and no foreign keys; seals chain them."""

from flask import Flask

from ceapp.audit import sealing
from ceapp.web.jobs import register_job


def install(app: Flask) -> None:
    """Have what was written down sealed, beside the requests."""
    register_job(app, sealing.JOB, sealing.EVERY_SECONDS, sealing.seal_new)
    register_job(app, sealing.JOB_FOR_LATE, sealing.EVERY_SECONDS_FOR_LATE, sealing.seal_late)
