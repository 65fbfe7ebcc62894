"""The invented people of the demonstration, and how they work. Nobody here is real; every address ends in .example."""

from __future__ import annotations

from dataclasses import dataclass

CLINIC, CLINIC_NAME = "harbour-lane", "Harbour Lane Clinic (invented)"
CENTRE, CENTRE_NAME = "elm-street", "Elm Street Centre (invented)"


COMMENT = "The scene with the open browser has stayed with me. I would have liked one on group practices."


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person of the demonstration. `roles` are those in the clinic and in the centre, as words."""

    key: str
    name: str
    about: str
    clinic: str = ""
    centre: str = ""
    zone: str = "America/Toronto"
    administrator: bool = False

    @property
    def email(self) -> str:
        return f"{self.key}@demo.example"


@dataclass(frozen=True, slots=True)
class Habit:
    """How a trainee works: how often they choose well (0 to 1), how many days before the due day they begin, if they practise first."""

    care: float
    days_before: int
    practises: bool = False
    stops_after: int = 99  # scenarios that they get done; then they fall behind


ADA = Somebody("ada", "Ada Lindqvist", "runs the server for the provider", administrator=True)
INES = Somebody(
    "ines",
    "Ines Castro",
    "three roles: administers the clinic, supervises there, and is a trainee at the centre",
    "supervisor administrator",
    "trainee",
)
SAM = Somebody("sam", "Sam Okafor", "supervises six trainees of the clinic", "supervisor")
NOOR = Somebody("noor", "Noor Haddad", "supervises six trainees of the clinic, and covers for Sam this week", "supervisor")
RITA = Somebody(
    "rita", "Rita Blom", "runs the centre, which shares this server and sees nothing of the clinic", "", "supervisor administrator"
)
LEA = Somebody("lea", "Lea Moreau", "a clinician who takes the course on her own")

TRAINEES: tuple[tuple[Somebody, Habit], ...] = (
    (Somebody("tess", "Tess Adeyemi", "a trainee who does well", "trainee"), Habit(0.95, 4, practises=True)),
    (Somebody("omar", "Omar Demir", "a trainee who is late", "trainee"), Habit(0.6, -2, stops_after=2)),
    (Somebody("mei", "Mei Tanaka", "a trainee", "trainee", zone="America/Vancouver"), Habit(0.9, 2)),
    (Somebody("jonas", "Jonas Weber", "a trainee", "trainee"), Habit(0.75, 1)),
    (Somebody("ama", "Ama Boateng", "a trainee", "trainee"), Habit(1.0, 5)),
    (Somebody("luis", "Luis Ferreira", "a trainee", "trainee"), Habit(0.5, 0, stops_after=3)),
    (Somebody("priya", "Priya Nair", "a trainee", "trainee"), Habit(0.85, 3, practises=True)),
    (Somebody("kofi", "Kofi Mensah", "a trainee", "trainee"), Habit(0.7, 1)),
    (Somebody("elif", "Elif Kaya", "a trainee", "trainee"), Habit(0.9, 2, stops_after=3)),
    (Somebody("dan", "Dan Whitehorse", "a trainee", "trainee"), Habit(0.65, 0)),
    (Somebody("sofia", "Sofía Núñez", "a trainee", "trainee"), Habit(0.95, 3)),
    (Somebody("tom", "Tom Ackerman", "a trainee who has not begun", "trainee"), Habit(0.8, 1, stops_after=0)),
)
CENTRE_TRAINEES: tuple[Somebody, ...] = (
    Somebody("yusuf", "Yusuf Rahman", "a trainee of the centre", "", "trainee"),
    Somebody("greta", "Greta Lund", "a trainee of the centre", "", "trainee"),
)

EVERYBODY = (ADA, INES, SAM, NOOR, RITA, LEA, *(person for person, _ in TRAINEES), *CENTRE_TRAINEES)

REFLECTIONS = (
    "My first wish was to answer at once, because the silence felt unkind. When I slowed down I saw that the quick answer was for me. "
    "Next time I will name what happened in the session, and ask what the request meant before I explain what I do and why.",
    "I noticed how little I knew about who can see what. I have checked my settings since and written down what I tell new clients about "
    "contact outside sessions, so that a refusal is never the first thing that they hear about it from me.",
    "I would have asked a colleague sooner. It is easy to be sure on one's own in the evening; saying it aloud made me hear that I "
    "was defending something. I will bring the next one to supervision on the same day.",
)
