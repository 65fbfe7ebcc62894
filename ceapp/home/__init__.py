"""The front page of each role; composes queries, owns no table."""

from flask import Flask

from ceapp.home import demo_views, help_views, outbox_views, supervision_views, views  # noqa: F401 - their pages are on the same blueprint


def install(app: Flask) -> None:
    """Register the pages of this feature."""
    app.register_blueprint(views.blueprint)
    if app.extensions["ceapp.settings"].demo:
        app.register_blueprint(demo_views.blueprint)
        app.context_processor(lambda: {"is_demo": True})
