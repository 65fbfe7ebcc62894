"""The migrations are read without alembic, and are those that alembic finds."""

from alembic.script import ScriptDirectory

from ceapp.database.revisions import MIGRATIONS, head, is_known, revisions


def test_they_are_those_of_alembic_the_newest_first() -> None:
    script = ScriptDirectory(str(MIGRATIONS))
    assert list(revisions()) == [each.revision for each in script.walk_revisions()]
    assert head() == script.get_current_head()


def test_an_empty_database_is_known_and_a_newer_one_is_not() -> None:
    assert [is_known(each) for each in (None, "", "0001", head(), "9999")] == [True, True, True, True, False]
