"""``linli template``."""

import argparse

from linli.faces.console import house, telling


def run(asked: argparse.Namespace) -> int:
    """Write an empty package with a workbook whose lists come from the standards."""
    house.set_up()
    from django.utils import timezone

    from linli.domain.standards import queries as standards
    from linli.interchange import workbook

    day = timezone.localdate()
    packs = [house.pack_named(key, day) for key in asked.pack or standards.packs()]
    try:
        manifest, book = workbook.write_template(
            asked.folder,
            standards.vocabularies(),
            house.survey_questions(packs),
            code=asked.code,
            name=asked.name,
            day=day,
        )
    except FileExistsError as error:
        raise telling.Refusal(f"{error.filename} 已存在,没有改动;请换一个文件夹。") from error
    telling.say(f"清单:{manifest}\n工作簿:{book}\n填好后:linli import {asked.folder} --dry-run")
    return 0
