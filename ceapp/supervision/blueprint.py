"""The pages of supervision, in modules by topic."""

from flask import Blueprint

blueprint = Blueprint("supervision", __name__)
