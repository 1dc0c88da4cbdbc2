"""Which database we use, as whom, and whether that is safe.

Two roles: the application's (``DATABASE_URL``) reads and writes rows; the owner's (``DATABASE_OWNER_URL``) changes the
tables. Without ``DATABASE_URL`` both belong to the embedded server.
"""

import contextlib
import os
from collections.abc import Iterator
from typing import Any

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from linli.runtime import postgres

# Connections of the page server are kept between requests; a page with one query becomes several times faster.
CONNECTION_AGE_S = 600
SERVER_VERSION_MIN = 170000


class DatabaseNotUsable(Exception):
    """The database or its role is not fit for service; the text says why and what to do."""


def is_embedded() -> bool:
    return not os.environ.get("DATABASE_URL")


def ensure_server() -> None:
    """Have the embedded server running, if that is what we use."""
    if is_embedded():
        postgres.join(postgres.server())


def django_settings() -> dict[str, Any]:
    """The application's connection in Django's words. Nothing is started or asked."""
    common = {"ENGINE": "django.db.backends.postgresql", "CONN_MAX_AGE": CONNECTION_AGE_S, "CONN_HEALTH_CHECKS": True}
    return common | _address("DATABASE_URL", postgres.APPLICATION)


def owner_settings() -> dict[str, Any]:
    """Where, in Django's words, the owner signs in."""
    if not is_embedded() and not os.environ.get("DATABASE_OWNER_URL"):
        raise DatabaseNotUsable(_("数据库表结构需要更新,这要用属主账号:请设置 DATABASE_OWNER_URL。"))
    return _address("DATABASE_OWNER_URL", postgres.OWNER)


def _address(variable: str, embedded_user: str) -> dict[str, Any]:
    if is_embedded():
        name = os.environ.get("LINLI_DATABASE", postgres.DATABASE)
        return {"HOST": str(postgres.server().run), "NAME": name, "USER": embedded_user, "PASSWORD": ""}
    parts = {key: str(value) for key, value in conninfo_to_dict(os.environ[variable]).items()}
    return {
        "HOST": parts.pop("host", ""),
        "PORT": parts.pop("port", ""),
        "NAME": parts.pop("dbname", ""),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "OPTIONS": parts,
    }


@contextlib.contextmanager
def acting_as_owner() -> Iterator[None]:
    """Within, Django's connection is the owner's, to the same database."""
    kept = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict.update({key: owner_settings()[key] for key in ("USER", "PASSWORD")})
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update({key: kept[key] for key in ("USER", "PASSWORD")})


def prepare() -> None:
    """A running server, the newest tables and a fit role, for any command that is about to use the database.

    Raises
    ------
    DatabaseNotUsable
    """
    ensure_server()
    if not is_newest():
        migrate()
    refuse_unfit()


def is_newest() -> bool:
    """Whether every migration has been applied."""
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def migrate(*, verbosity: int = 0) -> None:
    """Bring the tables to the newest form, as the owner; the application's role may then use their rows."""
    application = connection.settings_dict["USER"]
    with acting_as_owner():
        with connection.cursor() as cursor:
            for name in postgres.EXTENSIONS:
                cursor.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(name)))
            for statement in GRANTS:
                cursor.execute(sql.SQL(statement).format(sql.Identifier(application)))
        call_command("migrate", interactive=False, verbosity=verbosity)


# For tables still to be made; a room takes rights back in its migrations (the journal is append-only).
GRANTS = (
    "GRANT USAGE ON SCHEMA public TO {}",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {}",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {}",
)


def refuse_unfit() -> None:
    """Refuse a server or role that voids what the product promises.

    Raises
    ------
    DatabaseNotUsable
        If the role is a superuser, passes row security, or owns what it uses; if the server is too old; or if it does
        not see the letters of Chinese words.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FITNESS)
        row = cursor.fetchone()
    user, is_superuser, passes_row_security, owns, version, trigrams = row
    if is_superuser or passes_row_security:
        raise DatabaseNotUsable(
            _("数据库账号 %(user)s 是超级用户或可绕过行级安全。请让 DATABASE_URL 使用普通账号。") % {"user": user}
        )
    if owns:
        raise DatabaseNotUsable(
            _("数据库账号 %(user)s 是表或库的属主。请让 DATABASE_URL 使用普通账号,属主只用于 DATABASE_OWNER_URL。")
            % {"user": user}
        )
    if version < SERVER_VERSION_MIN:
        raise DatabaseNotUsable(_("数据库版本过低:需要 PostgreSQL 17 或更高。"))
    if not trigrams:
        raise DatabaseNotUsable(_("数据库不能切分中文(LC_CTYPE 应为 C.UTF-8)。请用内置提供程序 C.UTF-8 重建数据库。"))


_FITNESS = """
SELECT current_user, rolsuper, rolbypassrls,
    EXISTS (
        SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm')
        AND pg_has_role(current_user, relowner, 'MEMBER')
    ) OR (SELECT pg_has_role(current_user, datdba, 'MEMBER') FROM pg_database WHERE datname = current_database()),
    current_setting('server_version_num')::int,
    cardinality(show_trgm('上城区')) > 0
FROM pg_roles WHERE rolname = current_user
"""
