"""What every page needs and no feature owns: headers, forms, error pages, filters, assets, audiences."""

from flask import Flask

from ceapp.web import assets, components, errors, filters, forms, headers, jobs, request_log


def install(app: Flask) -> None:
    """Attach all of it to the application."""
    request_log.install(app)
    headers.install(app)
    forms.install(app)
    errors.install(app)
    filters.install(app)
    assets.install(app)
    jobs.install(app)
    if app.extensions["ceapp.settings"].debug:
        components.install(app)
