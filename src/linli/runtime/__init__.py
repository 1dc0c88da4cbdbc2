"""The machine under the house: database server, start-up checks, jobs, serving, backup.

Nothing here decides anything about communities. Importing any module starts nothing; ``postgres.join()`` does,
and only when no ``DATABASE_URL`` names a real server.
"""
