"""What a page says when there is nothing to show, when a form is too old, and when we are at fault."""

import pytest
from django.template.loader import render_to_string
from django.test import Client


@pytest.mark.django_db
def test_an_unknown_address_is_answered_in_the_language_of_the_pages() -> None:
    answer = Client().get("/no-such-page/")

    assert answer.status_code == 404
    assert "没有找到这一页" in answer.content.decode()


@pytest.mark.django_db
def test_a_form_from_elsewhere_is_refused_with_what_to_do() -> None:
    answer = Client(enforce_csrf_checks=True).post("/language/", {"language": "en"})

    assert answer.status_code == 403
    assert "请重新打开这一页" in answer.content.decode()


def test_our_own_fault_is_told_without_anything_that_may_fail_again() -> None:
    page = render_to_string("500.html")

    assert "这一步没有成功" in page
    assert "{%" not in page


def test_what_is_too_large_or_malformed_is_answered_in_words() -> None:
    assert "什么也没有改动" in render_to_string("400.html")
