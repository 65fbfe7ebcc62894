"""What an export is about survives being stored."""

from datetime import date
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from ceapp.reporting.selection import Selection, selection_from

SELECTIONS = st.builds(
    Selection,
    st.sampled_from(["", "social-media-ethics"]),
    st.none() | st.dates(),
    st.none() | st.dates(),
    st.none() | st.uuids(),
)


@given(SELECTIONS)
def test_what_is_stored_comes_back(selection: Selection) -> None:
    assert selection_from(selection.to_json()) == selection


def test_the_words_name_what_was_chosen_and_no_organisation() -> None:
    chosen = Selection("ethics", date(2026, 1, 1), date(2026, 12, 31), UUID(int=7))
    assert chosen.words == "ethics-from-2026-01-01-to-2026-12-31"
    assert Selection().words == "all-courses"
