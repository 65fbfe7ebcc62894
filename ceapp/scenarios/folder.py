"""The whole folder of scenarios: standards, courses, and each course's scenarios and images. One bad file takes no other down."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from ceapp.scenarios.course import read_course
from ceapp.scenarios.documents import read_scenario
from ceapp.scenarios.files import COURSE_FILE, IGNORED, IMAGES, STANDARDS, NotReadable, entries, fingerprint, read_file
from ceapp.scenarios.ids import is_id
from ceapp.scenarios.images import Image, read_image
from ceapp.scenarios.limits import COURSE_IMAGE_BYTES, FILE_BYTES, IMAGE_SIDE
from ceapp.scenarios.problems import Problem, Problems, did_you_mean
from ceapp.scenarios.prose import IMAGE_PATH
from ceapp.scenarios.source import normalised
from ceapp.scenarios.standards import read_standard
from ceapp.scenarios.values import Course, Scenario, Standard, Status


@dataclass(frozen=True, slots=True)
class ScenarioFile:
    """A scenario as its file gives it; `source` is normalised, `images` are those it uses, by path."""

    slug: str
    scenario: Scenario | None
    source: bytes
    images: Mapping[str, Image]
    problems: tuple[Problem, ...]
    path: str = ""  # of the file, as problems name it


@dataclass(frozen=True, slots=True)
class CourseFolder:
    """A course and its scenarios. `problems` are those of course.md, of the folder and of its images; an error leaves `course` None."""

    slug: str
    course: Course | None
    source: bytes
    scenarios: Mapping[str, ScenarioFile]
    problems: tuple[Problem, ...]
    path: str = ""  # of course.md, as problems name it


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
        return _CourseReader(self.root, slug, self.standards, tolerates_unknown_cites=self.has_broken_standard).read()


class _CourseReader:
    def __init__(self, root: Path, slug: str, standards: Mapping[str, Standard], *, tolerates_unknown_cites: bool) -> None:
        self._folder = root.resolve() / slug
        self._shown = root / slug
        self._slug = slug
        self._standards = standards
        self._tolerates_unknown_cites = tolerates_unknown_cites
        self._found: list[Problem] = []

    def read(self) -> CourseFolder:
        if not is_id(self._slug):
            self._add("bad-name", "", "the name of this folder cannot be a slug", hint="use lower-case letters, digits, - and _")
        source, course = self._course_file()
        images = self._images()
        files = {file.slug: file for file in self._scenario_files(course, images)}
        if course is not None:
            self._check_listed(course, files)
        if any(problem.is_error for problem in self._found):
            course = None
        return CourseFolder(self._slug, course, source, files, tuple(self._found), str(self._shown / COURSE_FILE))

    def _course_file(self) -> tuple[bytes, Course | None]:
        try:
            data = normalised(read_file(self._folder / COURSE_FILE, FILE_BYTES))
        except NotReadable as problem:
            if not (self._folder / COURSE_FILE).exists():
                self._add("no-course", "", "this folder has no course.md", hint="see docs/authoring.md")
            else:
                self._add(problem.code, COURSE_FILE, str(problem))
            return b"", None
        reading = read_course(data, path=str(self._shown / COURSE_FILE), slug=self._slug)
        self._found += reading.problems
        return data, reading.value

    def _images(self) -> dict[str, Image | None]:
        """The images of the course by path; None for one with a problem of its own, so that it is not reported missing as well."""
        images: dict[str, Image | None] = {}
        total = 0
        try:
            listed = entries(self._folder / IMAGES)
        except NotReadable as problem:
            self._add(problem.code, IMAGES, str(problem))
            return images
        for entry in listed:
            path = f"{IMAGES}/{entry.name}"
            images[path] = self._image(path, COURSE_IMAGE_BYTES - total)
            total += len(images[path].data) if images[path] else 0  # type: ignore[union-attr]
        return images

    def _image(self, path: str, room: int) -> Image | None:
        if not IMAGE_PATH.fullmatch(path):
            self._add("bad-image", path, "this is no image that can be used", hint="PNG, JPEG or WebP, and a name without spaces")
            return None
        try:
            data = read_file(self._folder / path, room)
        except NotReadable as problem:
            self._add(problem.code, path, str(problem))
            return None
        if len(data) > room:
            self._add("too-many", path, f"the images of this course are over {COURSE_IMAGE_BYTES >> 20} MB", hint="make them smaller")
            return None
        image = read_image(path, data)
        if image is None:
            self._add("bad-image", path, "the content of this image is not what its name says", hint="save it as PNG, JPEG or WebP")
        elif max(image.width, image.height) > IMAGE_SIDE:
            self._add("bad-image", path, f"this image is over {IMAGE_SIDE:,} pixels wide or high", hint="make it smaller")
            return None
        return image

    def _scenario_files(self, course: Course | None, images: Mapping[str, Image | None]) -> Iterator[ScenarioFile]:
        try:
            names = [entry.name for entry in entries(self._folder)]
        except NotReadable as problem:
            self._add(problem.code, "", str(problem))
            return
        for name in names:
            if name.endswith(".md") and name != COURSE_FILE and name not in IGNORED:
                yield self._scenario_file(name, course, images)

    def _scenario_file(self, name: str, course: Course | None, images: Mapping[str, Image | None]) -> ScenarioFile:
        slug, shown = name.removesuffix(".md"), str(self._shown / name)
        problems = Problems(shown)
        if not is_id(slug):
            problems.add("bad-name", 1, "the name of this file cannot be a slug", hint="use lower-case letters, digits, - and _")
        try:
            data = normalised(read_file(self._folder / name, FILE_BYTES))
        except NotReadable as problem:
            problems.add(problem.code, 1, str(problem))
            return ScenarioFile(slug, None, b"", {}, problems.sorted(), shown)
        objectives = {objective.id for objective in course.objectives} if course else None
        reading = read_scenario(data, path=shown, slug=slug, standards=self._standards, objectives=objectives, images=images)
        found = [problem for problem in reading.problems if not self._is_follow_on(problem)]
        scenario = None if problems.have_errors else reading.value
        used = {path: image for path in (scenario.images if scenario else ()) if (image := images[path]) is not None}
        return ScenarioFile(slug, scenario, data, used, (*problems.sorted(), *found), shown)

    def _is_follow_on(self, problem: Problem) -> bool:
        """While a standard cannot be read, that it is unknown says nothing new."""
        return problem.code == "unknown-cite" and self._tolerates_unknown_cites

    def _check_listed(self, course: Course, files: Mapping[str, ScenarioFile]) -> None:
        problems = Problems(str(self._shown / COURSE_FILE))
        forms = course.closing.forms if course.closing else ()
        for slug in dict.fromkeys((*course.scenarios, *forms, *((course.preview,) if course.preview else ()))):
            if slug not in files:
                hint = did_you_mean(slug, files) or "scenarios are files beside course.md"
                problems.add("unknown-scenario", self._line_naming(slug), f"there is no scenario {slug}.md", hint=hint)
            elif (scenario := files[slug].scenario) and scenario.status is Status.DRAFT:
                problems.add("draft-listed", self._line_naming(slug), f"{slug} is a draft and will not be published")
        for slug, file in files.items():
            if is_id(slug) and file.source and slug not in (*course.scenarios, *forms):
                problems.add("not-listed", 1, f"{slug}.md is not named in this course", hint="add it to a module, or to optional")
        self._check_former_names(files, problems)
        self._found += problems.sorted()

    def _check_former_names(self, files: Mapping[str, ScenarioFile], problems: Problems) -> None:
        claimed: dict[str, str] = {}
        for file in files.values():
            for former in file.scenario.formerly if file.scenario else ():
                owner = former if former in files else claimed.get(former, "")
                if owner:
                    problems.add("taken-slug", 1, f"{file.slug}.md was formerly {former}, but that is also {owner}.md")
                claimed[former] = file.slug

    def _line_naming(self, slug: str) -> int:
        """The first line of course.md that names a scenario."""
        lines = (self._folder / COURSE_FILE).read_text("utf-8", "replace").split("\n")
        return next((number for number, line in enumerate(lines, 1) if slug in line), 1)

    def _add(self, code: str, path: str, message: str, hint: str = "") -> None:
        problems = Problems(str(self._shown / path) if path else str(self._shown))
        problems.add(code, 1, message, hint=hint)
        self._found += problems.sorted()


def _is_course(name: str) -> bool:
    return name != STANDARDS
