"""Long work by name: queued in the database, run by one worker process, with progress, stoppable, safe to restart.

A face registers a function with ``@registry.job("checkup.round")`` in its module ``jobs`` and starts it with
``queue.enqueue("checkup.round", …)``. A job whose worker died is run again, so its function must be idempotent.
"""
