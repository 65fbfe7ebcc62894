"""Stylesheets and scripts: many small source files, one of each over the wire, named by its content."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

from flask import Blueprint, Flask, Response, abort, current_app, request

from ceapp.web.audience import anyone

STATIC = Path(__file__).resolve().parent.parent / "static"
_TYPES = {"css": "text/css", "js": "text/javascript"}
_FOREVER = "public, max-age=31536000, immutable"

blueprint = Blueprint("assets", __name__)


def install(app: Flask) -> None:
    bundles = {kind: _bundle(kind) for kind in _TYPES}
    app.extensions["ceapp.bundles"] = {f"site-{_name(data)}.{kind}": (data, _TYPES[kind]) for kind, data in bundles.items()}
    addresses = {kind: f"/assets/site-{_name(data)}.{kind}" for kind, data in bundles.items()}
    app.context_processor(lambda: {"stylesheet": addresses["css"], "script": addresses["js"]})
    app.register_blueprint(blueprint)


@blueprint.get("/assets/<name>")
@anyone
def asset(name: str) -> Response:
    """A bundle by the name that holds its hash, or a font."""
    bundles: dict[str, tuple[bytes, str]] = current_app.extensions["ceapp.bundles"]
    if name in bundles:
        return _packed(*bundles[name])
    if name not in {path.name for path in (STATIC / "fonts").glob("*.woff2")}:
        abort(404)
    return Response((STATIC / "fonts" / name).read_bytes(), mimetype="font/woff2", headers={"Cache-Control": _FOREVER})


def _packed(data: bytes, mimetype: str) -> Response:
    """Text travels packed: it is the same for everybody, so its length gives nothing away, and a quarter of the size."""
    response = Response(data, mimetype=mimetype, headers={"Cache-Control": _FOREVER, "Vary": "Accept-Encoding"})
    if request.accept_encodings["gzip"] > 0:
        response.set_data(gzip.compress(data, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response


def _bundle(kind: str) -> bytes:
    """`tokens` and `base` first, then the components by name; scripts are wrapped so that they share no names."""
    folder = STATIC / kind
    first = [path for name in ("tokens", "base") if (path := folder / f"{name}.{kind}").exists()]
    rest = sorted(path for path in folder.rglob(f"*.{kind}") if path not in first)
    texts = [path.read_text("utf-8") for path in [*first, *rest]]
    if kind == "js":
        texts = [f"{{\n{text}}}\n" for text in texts]
    return "\n".join(texts).encode()


def _name(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:12]
