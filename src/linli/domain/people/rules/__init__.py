"""Values and decisions about persons: what a role may do, how one signs in, how a name sorts."""

from linli.domain.people.rules.access import (
    POLICY,
    Grant,
    NotPermitted,
    Permission,
    Purpose,
    Role,
    Scope,
    is_held_anywhere,
    require,
)
from linli.domain.people.rules.names import sorting_key, uscc_is_valid, username_is_valid
from linli.domain.people.rules.sign_in import LOCKOUT, SESSION_LIMITS, Lockout, Refusal, SessionLimits

__all__ = [
    "LOCKOUT",
    "POLICY",
    "SESSION_LIMITS",
    "Grant",
    "Lockout",
    "NotPermitted",
    "Permission",
    "Purpose",
    "Refusal",
    "Role",
    "Scope",
    "SessionLimits",
    "is_held_anywhere",
    "require",
    "sorting_key",
    "uscc_is_valid",
    "username_is_valid",
]
