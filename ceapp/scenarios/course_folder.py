"""One course folder: course.md, its scenarios and its images, and what they must be to each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ceapp.scenarios.course import read_course
from ceapp.scenarios.documents import read_scenario
from ceapp.scenarios.files import COURSE_FILE, IGNORED, IMAGES, NotReadable, entries, read_file
from ceapp.scenarios.ids import is_id
from ceapp.scenarios.images import Image, read_image
from ceapp.scenarios.limits import COURSE_IMAGE_BYTES, FILE_BYTES, IMAGE_SIDE
from ceapp.scenarios.problems import Problem, Problems, did_you_mean
from ceapp.scenarios.prose import IMAGE_PATH
from ceapp.scenarios.source import normalised
from ceapp.scenarios.values import Course, Kind, Scenario, Standard, Status


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


class CourseReader:
    """Reads one course folder below the root."""

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
        self._check_forms([files[slug].scenario for slug in forms if slug in files], problems)
        self._found += problems.sorted()

    def _check_forms(self, forms: Iterable[Scenario | None], problems: Problems) -> None:
        """The forms of closing cases are parallel, and nothing in them is for reading by people."""
        read = [form for form in forms if form is not None]
        for form in read:
            if any(question.kind is Kind.REFLECTION for scene in form.scenes for question in scene.questions):
                message = f"{form.slug} is a form of the closing cases and asks for a reflection, which nobody would read"
                problems.add("closing-form", self._line_naming(form.slug), message, hint="take the reflection out")
        asked = {sum(len(scene.questions) for scene in form.scenes) for form in read}
        if len(asked) > 1:
            message = f"the forms of the closing cases ask {' and '.join(map(str, sorted(asked)))} questions"
            problems.add("closing-parallel", self._line_naming(read[0].slug), message, hint="give all of them as many")

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
