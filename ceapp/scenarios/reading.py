"""The door of the package for those who read files: everything from bytes or a folder to values, and never an exception."""

from ceapp.scenarios.course import read_course
from ceapp.scenarios.course_folder import CourseFolder, ScenarioFile
from ceapp.scenarios.documents import Reading, read_scenario
from ceapp.scenarios.folder import Folder, course_fingerprint, course_slugs, read_folder
from ceapp.scenarios.images import Image
from ceapp.scenarios.problems import Problem
from ceapp.scenarios.standards import read_standard

__all__ = [
    "CourseFolder",
    "Folder",
    "Image",
    "Problem",
    "Reading",
    "ScenarioFile",
    "course_fingerprint",
    "course_slugs",
    "read_course",
    "read_folder",
    "read_scenario",
    "read_standard",
]
