"""Acts on persons, accounts and sessions."""

from linli.domain.people.operations.accounts import (
    CreditCodeNotValid,
    OrganizationExists,
    OwnTerm,
    TermNotPossible,
    add_organization,
    appoint,
    close_account,
    create_person,
    end_term,
    reopen_account,
    reset_second_factor,
    set_password,
    unlock,
)
from linli.domain.people.operations.own_account import change_own_password
from linli.domain.people.operations.rows import (
    PasswordTooWeak,
    TermOverlaps,
    UsernameNotAllowed,
    UsernameTaken,
    WrongPassword,
)
from linli.domain.people.operations.second_factor import (
    SecondFactorStands,
    WrongCode,
    begin_second_factor,
    confirm_second_factor,
    remove_second_factor,
)
from linli.domain.people.operations.set_up import AlreadySetUp, NewAccount, open_demo_accounts, open_first_account
from linli.domain.people.operations.sign_in import Opened, Refused, note_use, sign_in, sign_out

__all__ = [
    "AlreadySetUp",
    "CreditCodeNotValid",
    "NewAccount",
    "Opened",
    "OrganizationExists",
    "OwnTerm",
    "PasswordTooWeak",
    "Refused",
    "SecondFactorStands",
    "TermNotPossible",
    "TermOverlaps",
    "UsernameNotAllowed",
    "UsernameTaken",
    "WrongCode",
    "WrongPassword",
    "add_organization",
    "appoint",
    "begin_second_factor",
    "change_own_password",
    "close_account",
    "confirm_second_factor",
    "create_person",
    "end_term",
    "note_use",
    "open_demo_accounts",
    "open_first_account",
    "remove_second_factor",
    "reopen_account",
    "reset_second_factor",
    "set_password",
    "sign_in",
    "sign_out",
    "unlock",
]
