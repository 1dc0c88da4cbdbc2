"""What persons change about their own account."""

from django.db import transaction

from linli.domain.journal.rules import Act
from linli.domain.people import models
from linli.domain.people.operations import rows


@transaction.atomic
def change_own_password(act: Act, *, old: str, new: str, session: int) -> None:
    """Change the actor's password; every session of theirs but this one ends.

    Raises
    ------
    WrongPassword, PasswordTooWeak
    """
    person = rows.confirmed(act, password=old)
    if new == old:
        raise rows.PasswordTooWeak
    rows.set_password_of(person, new, temporary=False)
    person.save(update_fields=["password", "has_temporary_password"])
    models.Session.objects.filter(person=person, closed_at=None).exclude(pk=session).update(closed_at=act.at)
    rows.record_on_person(act, "people.change_own_password", act.actor)
