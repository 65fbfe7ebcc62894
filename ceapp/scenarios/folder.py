"""The whole folder of scenarios: standards, courses, and each course's scenarios and images. One bad file takes no other down."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from ceapp.scenarios.course_folder import CourseFolder, CourseReader
from ceapp.scenarios.files import IGNORED, STANDARDS, NotReadable, entries, fingerprint, read_file
from ceapp.scenarios.limits import FILE_BYTES
from ceapp.scenarios.problems import Problem, Problems
from ceapp.scenarios.standards import read_standard
from ceapp.scenarios.values import Standard


@dataclass(frozen=True, slots=True)
class Folder:
    """Everything; `problems` are those of the standards and of the folder itself."""

    standards: Mapping[str, Standard]
    courses: tuple[CourseFolder, ...]
    problems: tuple[Problem, ...]

    @property
    def all_problems(self) -> tuple[Problem, ...]:
        """The problems of all files: standards, then courses with their scenarios."""
        of_courses = (
            (*course.problems, *chain.from_iterable(file.problems for file in course.scenarios.values())) for course in self.courses
        )
        return (*self.problems, *chain.from_iterable(of_courses))


def read_folder(root: Path, only: Collection[str] | None = None) -> Folder:
    """Read the folder, or of its courses only some. Never raises; what cannot be read is a problem."""
    reader = _FolderReader(Path(root))
    return reader.read(only)


def course_slugs(root: Path) -> tuple[str, ...]:
    """The slugs of the courses in the folder: its folders but `standards`. Empty when it cannot be read."""
    try:
        return tuple(
            entry.name for entry in entries(Path(root).resolve()) if _is_course(entry.name) and entry.is_dir(follow_symlinks=False)
        )
    except NotReadable:
        return ()


def course_fingerprint(root: Path, course_slug: str) -> str:
    """SHA-256 over path and SHA-256 of every file of a course and of the standards: while it stays the same, nothing has changed."""
    return fingerprint(Path(root).resolve(), (STANDARDS, course_slug))


@dataclass
class _FolderReader:
    root: Path
    standards: dict[str, Standard] = field(default_factory=dict)
    has_broken_standard: bool = False
    found: list[Problem] = field(default_factory=list)

    def read(self, only: Collection[str] | None) -> Folder:
        root = self.root.resolve()
        for path in self._listed(root / STANDARDS, str(self.root / STANDARDS)):
            self._add_standard(path)
        courses = [self._course(slug) for slug in self._course_names(root) if only is None or slug in only]
        return Folder(self.standards, tuple(courses), tuple(self.found))

    def _course_names(self, root: Path) -> list[str]:
        names = []
        try:
            for entry in entries(root):
                if entry.is_symlink() and _is_course(entry.name):
                    self._add("not-followed", str(self.root / entry.name), "links are not followed")
                elif entry.is_dir() and _is_course(entry.name):
                    names.append(entry.name)
        except NotReadable as problem:
            self._add(problem.code, str(self.root), str(problem))
        return names

    def _listed(self, folder: Path, shown: str) -> list[Path]:
        """The Markdown files of a folder."""
        try:
            return [Path(entry.path) for entry in entries(folder) if entry.name.endswith(".md") and entry.name not in IGNORED]
        except NotReadable as problem:
            self._add(problem.code, shown, str(problem))
            return []

    def _add(self, code: str, path: str, message: str, hint: str = "") -> None:
        problems = Problems(path)
        problems.add(code, 1, message, hint=hint)
        self.found += problems.sorted()

    def _add_standard(self, path: Path) -> None:
        shown = str(self.root / STANDARDS / path.name)
        try:
            reading = read_standard(read_file(path, FILE_BYTES), path=shown)
        except NotReadable as problem:
            self.has_broken_standard = True
            self._add(problem.code, shown, str(problem))
            return
        self.found += reading.problems
        standard = reading.value
        if standard is None:
            self.has_broken_standard = True
        elif standard.cite in self.standards:
            message = f"{standard.cite} is already declared in {self.standards[standard.cite].path}"
            self._add("duplicate-cite", shown, message, hint="give each edition a cite of its own, such as ACA 2005")
        else:
            self.standards[standard.cite] = standard

    def _course(self, slug: str) -> CourseFolder:
        return CourseReader(self.root, slug, self.standards, tolerates_unknown_cites=self.has_broken_standard).read()


def _is_course(name: str) -> bool:
    return name != STANDARDS
