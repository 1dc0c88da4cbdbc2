"""Addresses of log-in, one's own account, accounts and the journal."""

from django.urls import path

from linli.faces.access.views import access_keys, accounts, journal, own, sign_in

app_name = "access"

urlpatterns = [
    path("sign-in/", sign_in.sign_in, name="sign_in"),
    path("sign-out/", sign_in.sign_out, name="sign_out"),
    path("me/", own.account, name="own"),
    path("me/password/", own.password, name="password"),
    path("me/sessions/<int:session>/close/", own.close_session, name="close_session"),
    path("me/second-factor/", own.begin_second_factor, name="begin_second_factor"),
    path("me/second-factor/confirm/", own.confirm_second_factor, name="confirm_second_factor"),
    path("me/second-factor/remove/", own.remove_second_factor, name="remove_second_factor"),
    path("me/keys/", access_keys.access_keys, name="access_keys"),
    path("me/keys/<int:key>/revoke/", access_keys.revoke, name="revoke_access_key"),
    path("accounts/", accounts.accounts, name="accounts"),
    path("accounts/new/", accounts.create, name="create_account"),
    path("accounts/organizations/", accounts.organizations, name="organizations"),
    path("accounts/<int:person>/", accounts.account, name="account"),
    path("accounts/<int:person>/appoint/", accounts.appoint, name="appoint"),
    path("accounts/<int:person>/password/", accounts.reset_password, name="reset_password"),
    path("accounts/<int:person>/<str:act>/", accounts.change, name="change_account"),
    path("accounts/terms/<int:term>/end/", accounts.end_term, name="end_term"),
    path("journal/", journal.journal, name="journal"),
]
