"""Work of access that nobody asks for: the journal is sealed every few minutes."""

from django.utils import timezone
from procrastinate.contrib.django import app

from linli.domain.journal import operations as journal


@app.periodic(cron="*/5 * * * *")
@app.task(name="access.seal_journal", queueing_lock="access.seal_journal")
def seal_journal(timestamp: int) -> None:
    """Close what was written since the last time under a seal; ``timestamp`` is the scheduler's and not used."""
    journal.seal_all(timezone.now())
