"""Persons, organizations, terms of office, and what signing in leaves behind.

Row security stands behind ``Person``, ``SecondFactor``, ``Session`` and ``AccessKey``: see the migrations and
``queries.stand``.
"""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from linli.domain.people.rules import Role


class Person(AbstractBaseUser):
    """Someone with an account. Powers come from terms alone; nobody is above the policy table."""

    last_login = None
    username = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=60)
    name_key = models.CharField(max_length=240, editable=False)
    phone = models.CharField(max_length=20, blank=True)
    is_active = models.BooleanField(default=True)
    has_temporary_password = models.BooleanField(default=False)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["name"]  # noqa: RUF012  a list, says the class above

    objects = BaseUserManager()

    class Meta:
        indexes = (models.Index(fields=["name_key", "id"], name="people_person_by_name"),)
        constraints = (
            models.CheckConstraint(condition=Q(username=Lower("username")), name="people_username_is_lower_case"),
            models.CheckConstraint(condition=~Q(name=""), name="people_name_is_not_empty"),
        )

    def __str__(self) -> str:
        return self.name


class Organization(models.Model):
    """A body in which persons hold office. ``uscc`` is its unified social credit code, if it has one."""

    class Kind(models.TextChoices):
        DISTRICT_BUREAU = "district_bureau", _("区级部门")
        SUBDISTRICT_OFFICE = "subdistrict_office", _("街道办事处")
        RESIDENTS_COMMITTEE = "residents_committee", _("居委会")
        OWNERS_COMMITTEE = "owners_committee", _("业委会")
        PROPERTY_MANAGER = "property_manager", _("物业公司")
        EXPERT_COMMITTEE = "expert_committee", _("专家委员会")
        OTHER = "other", _("其他")

    kind = models.CharField(max_length=30, choices=Kind)
    name = models.CharField(max_length=120)
    uscc = models.CharField(max_length=18, unique=True, null=True)  # noqa: DJ001  absent is not the empty code

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["kind", "name"], name="people_organization_once"),
            models.CheckConstraint(
                condition=Q(uscc=None) | Q(uscc__regex=r"^[0-9A-HJ-NPQRTUWXY]{18}$"),
                name="people_uscc_is_well_formed",
            ),
        )

    def __str__(self) -> str:
        return self.name


class Term(models.Model):
    """A role held by a person in an area, from a day until, not including, another; None is open."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="terms")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, null=True)
    role = models.CharField(max_length=30, choices=[(role.value, role.value) for role in Role])
    area = models.ForeignKey("places.Place", on_delete=models.PROTECT, related_name="+")
    from_on = models.DateField()
    until_on = models.DateField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(until_on=None) | Q(from_on__lt=F("until_on")), name="people_term_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=Q(role__in=[role.value for role in Role]), name="people_term_role_is_known"
            ),
            ExclusionConstraint(
                name="people_term_once_at_a_time",
                expressions=[
                    ("person", RangeOperators.EQUAL),
                    ("role", RangeOperators.EQUAL),
                    ("area", RangeOperators.EQUAL),
                    (Func(F("from_on"), F("until_on"), Value("[)"), function="daterange"), RangeOperators.OVERLAPS),
                ],
            ),
        )

    def __str__(self) -> str:
        return f"{self.role}@{self.area_id}"


class SecondFactor(models.Model):
    """The secret shared with a person's telephone, encrypted, and unused recovery codes as hashes."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="second_factor")
    secret = models.BinaryField(max_length=200)
    confirmed_at = models.DateTimeField(null=True)
    last_step = models.BigIntegerField(default=0)
    recovery = ArrayField(models.CharField(max_length=64), default=list)

    def __str__(self) -> str:
        return f"second factor of {self.person_id}"


class Session(models.Model):
    """One sign-in of a person on one device, from its opening to its end."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="sessions")
    token = models.CharField(max_length=64, unique=True)
    opened_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    address = models.CharField(max_length=45, blank=True)
    device = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = (models.Index(fields=["person", "-seen_at"], name="people_session_of_person"),)

    def __str__(self) -> str:
        return f"session {self.pk} of {self.person_id}"


class AccessKey(models.Model):
    """A secret with which a program asks as its person: until a day, and only to read unless made for writing."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="access_keys")
    name = models.CharField(max_length=60)
    hash = models.CharField(max_length=64, unique=True)
    may_write = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=["person", "-created_at"], name="people_key_of_person"),)
        constraints = (
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="people_key_ends_after_it_begins"),
            models.CheckConstraint(condition=~Q(name=""), name="people_key_name_is_not_empty"),
        )

    def __str__(self) -> str:
        return f"{self.name} of {self.person_id}"


class SignInTry(models.Model):
    """What came of one try to sign in, by the name that was typed; an unlocking is noted here too."""

    class Outcome(models.TextChoices):
        FAILED = "failed"
        SUCCEEDED = "succeeded"
        UNLOCKED = "unlocked"

    username = models.CharField(max_length=40)
    at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=Outcome)
    address = models.CharField(max_length=45, blank=True)

    class Meta:
        indexes = (models.Index(fields=["username", "-at"], name="people_try_of_username"),)

    def __str__(self) -> str:
        return f"{self.username} {self.outcome}"
