"""What the evidence base holds in numbers: ``epsom evidence check``; and a sheet's warnings."""

from __future__ import annotations

from collections import Counter
from typing import Any

from epsom.base.i18n import Translator
from epsom.evidence.base.load import VERSION, Base
from epsom.evidence.base.records import Confidence, Standing
from epsom.evidence.base.sheet import Sheet
from epsom.report.evidence.lines import WIDTH, cut, paragraph, table

TABLES = ("dose_studies", "contrasts", "trials", "published", "markers", "animals")


def audit(base: Base) -> dict[str, Any]:
    """Count the records by table and standing."""
    return {
        "version": VERSION,
        "hash": base.hash,
        "sources": len(base.sources),
        "sources_verified": sum(s.confidence is Confidence.VERIFIED for s in base.sources),
        "sources_unknown": sum(s.confidence is Confidence.UNKNOWN for s in base.sources),
        "tables": {
            name: dict(Counter(str(record.standing) for record in getattr(base, name))) for name in TABLES
        },
        "reasons": dict(Counter(record.reason for record in base.records if record.reason)),
    }


def audit_text(base: Base, t: Translator) -> str:
    """Say what the base holds and what is set aside, and why."""
    found = audit(base)
    rows = []
    for table_name, counts in found["tables"].items():
        total = sum(counts.values())
        usable, contested = counts.get(Standing.USABLE, 0), counts.get(Standing.CONTESTED, 0)
        rows.append((table_name, str(total), str(usable), str(contested), str(total - usable - contested)))
    head = [t(f"evidence.check.head.{k}") for k in ("table", "rows", "usable", "contested", "other")]
    reasons = [
        cut(f"{n:>5}  {t(f'evidence.reason.{reason}')}", WIDTH)
        for reason, n in sorted(found["reasons"].items(), key=lambda pair: -pair[1])
    ]
    return "\n".join(
        [
            t("evidence.check.title", version=VERSION, hash=base.hash[:12]),
            t("evidence.check.fits"),
            "",
            table(head, rows, (16, 10, 12, 12, 12), "l r r r r"),
            *reasons,
            "",
            t("evidence.check.sources", count=found["sources"], verified=found["sources_verified"]),
            t("evidence.check.unknown", count=found["sources_unknown"]),
        ]
    )


def sheet_text(sheet: Sheet, t: Translator) -> str:
    """Say that a sheet is good, with its warnings."""
    lines = [t("evidence.add.rows", count=len(sheet.rows), file=sheet.file)]
    if sheet.warnings:
        lines.append(t("evidence.add.warnings", count=len(sheet.warnings)))
    for warning in sheet.warnings:
        what, action = warning.words(t)
        lines.append(paragraph(f"{warning.code}  {t('evidence.add.row', row=warning.row)}: {what}"))
        lines.append(paragraph(action, "  "))
    lines.append(t("evidence.add.good", file=sheet.file))
    return "\n".join(lines)
