"""Row security behind the queries on personal rows.

A row is shown to the person it is about; to whoever keeps accounts for the areas in which the person holds a term, or
when the person holds none yet; and through two doors that the room opens for one statement: ``sign_in`` and ``set_up``.
The settings last for one transaction and are read once a statement, in a sub-select; unset or empty shows nothing.

Row security is not forced on the owner, who changes tables and makes the backups: the start refuses an owner as the
application's role.
"""

from django.db import migrations

_KEEPER = """
    (SELECT current_setting('linli.purpose', true)) = 'account_keeping' AND (
        NOT EXISTS (SELECT FROM people_term t WHERE t.person_id = {person})
        OR EXISTS (
            SELECT FROM people_term t WHERE t.person_id = {person}
            AND t.area_id = ANY ((SELECT nullif(current_setting('linli.scope', true), '')::bigint[])::bigint[])
        )
    )
"""

_SHOWN = (
    "{person} = (SELECT nullif(current_setting('linli.person', true), '')::bigint)"
    " OR (SELECT current_setting('linli.door', true)) IN ('sign_in', 'set_up')"
    f" OR ({_KEEPER})"
)

PERSONAL = {"people_person": "people_person.id", "people_secondfactor": "person_id", "people_session": "person_id"}

ENABLE = "\n".join(
    f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;"
    f" CREATE POLICY {table}_shown ON {table} USING ({_SHOWN.format(person=person)});"
    for table, person in PERSONAL.items()
)
DISABLE = "\n".join(
    f"DROP POLICY {table}_shown ON {table}; ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;" for table in PERSONAL
)

# Who did an act is shown beside it, also to those who may not open the account: the name alone, by id.
NAMES = """
CREATE FUNCTION people_names(wanted bigint[]) RETURNS TABLE (id bigint, name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$ SELECT p.id, p.name FROM people_person p WHERE p.id = ANY (wanted) $$
"""

# Whose session a token opens, before anyone is known: one session, by its hash, with the terms in force.
SIGNED_IN = """
CREATE FUNCTION people_signed_in(wanted text, day date) RETURNS TABLE (
    id bigint, username text, name text, has_temporary_password boolean,
    session bigint, opened_at timestamptz, seen_at timestamptz, roles text[], areas bigint[]
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT p.id, p.username, p.name, p.has_temporary_password, s.id, s.opened_at, s.seen_at,
        coalesce(array_agg(t.role ORDER BY t.id) FILTER (WHERE t.id IS NOT NULL), '{}'),
        coalesce(array_agg(t.area_id ORDER BY t.id) FILTER (WHERE t.id IS NOT NULL), '{}')
    FROM people_session s JOIN people_person p ON p.id = s.person_id
    LEFT JOIN people_term t ON t.person_id = p.id AND t.from_on <= day AND (t.until_on IS NULL OR t.until_on > day)
    WHERE s.token = wanted AND s.closed_at IS NULL AND p.is_active
    GROUP BY p.id, s.id
$$
"""


class Migration(migrations.Migration):
    dependencies = (("people", "0002_terms"),)

    operations = (
        migrations.RunSQL(ENABLE, DISABLE),
        migrations.RunSQL(NAMES, "DROP FUNCTION people_names(bigint[])"),
        migrations.RunSQL(SIGNED_IN, "DROP FUNCTION people_signed_in(text, date)"),
    )
