"""Access keys of programs, behind the same row security as sessions."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

_KEEPER = """
    (SELECT current_setting('linli.purpose', true)) = 'account_keeping' AND (
        NOT EXISTS (SELECT FROM people_term t WHERE t.person_id = people_accesskey.person_id)
        OR EXISTS (
            SELECT FROM people_term t WHERE t.person_id = people_accesskey.person_id
            AND t.area_id = ANY ((SELECT nullif(current_setting('linli.scope', true), '')::bigint[])::bigint[])
        )
    )
"""

ENABLE = f"""
ALTER TABLE people_accesskey ENABLE ROW LEVEL SECURITY;
CREATE POLICY people_accesskey_shown ON people_accesskey USING (
    person_id = (SELECT nullif(current_setting('linli.person', true), '')::bigint)
    OR (SELECT current_setting('linli.door', true)) IN ('sign_in', 'set_up')
    OR ({_KEEPER})
)
"""
DISABLE = """
DROP POLICY people_accesskey_shown ON people_accesskey;
ALTER TABLE people_accesskey DISABLE ROW LEVEL SECURITY
"""

# Whose key a secret is, before anyone is known: one key, by its hash, with the terms in force.
HOLDER = """
CREATE FUNCTION people_key_holder(wanted text, at timestamptz, day date) RETURNS TABLE (
    id bigint, username text, name text, has_temporary_password boolean,
    key bigint, may_write boolean, used_at timestamptz, roles text[], areas bigint[]
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT p.id, p.username, p.name, p.has_temporary_password, k.id, k.may_write, k.used_at,
        coalesce(array_agg(t.role ORDER BY t.id) FILTER (WHERE t.id IS NOT NULL), '{}'),
        coalesce(array_agg(t.area_id ORDER BY t.id) FILTER (WHERE t.id IS NOT NULL), '{}')
    FROM people_accesskey k JOIN people_person p ON p.id = k.person_id
    LEFT JOIN people_term t ON t.person_id = p.id AND t.from_on <= day AND (t.until_on IS NULL OR t.until_on > day)
    WHERE k.hash = wanted AND k.revoked_at IS NULL AND k.expires_at > at AND p.is_active
    GROUP BY p.id, k.id
$$
"""


class Migration(migrations.Migration):
    dependencies = (("people", "0003_row_security"),)

    operations = (
        migrations.CreateModel(
            name="AccessKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60)),
                ("hash", models.CharField(max_length=64, unique=True)),
                ("may_write", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="access_keys",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["person", "-created_at"], name="people_key_of_person")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("expires_at__gt", models.F("created_at"))),
                        name="people_key_ends_after_it_begins",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("name", ""), _negated=True), name="people_key_name_is_not_empty"
                    ),
                ],
            },
        ),
        migrations.RunSQL(ENABLE, DISABLE),
        migrations.RunSQL(HOLDER, "DROP FUNCTION people_key_holder(text, timestamptz, date)"),
    )
