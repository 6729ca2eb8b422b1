"""Families as text: what a parser reads is what was put in, whatever stands in a label."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as plain
from tests.conftest import examples

from breakeven.exposition.families import counter, gauge, histogram, observed
from breakeven.exposition.rendering import EOF, Dialect, Renderer

VALUES = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")) | st.sampled_from('\\"\n'), max_size=12)


@examples(100)
@given(label=VALUES, words=VALUES, value=st.decimals(-(10**12), 10**12, places=6))
def test_labels_and_amounts_come_back(label: str, words: str, value: Decimal) -> None:
    families = (gauge("a", f"x{words}x", ((("project", label),), value)),)
    for dialect, read, end in ((Dialect.TEXT, plain, ""), (Dialect.OPENMETRICS, open_metrics, EOF)):
        ((family),) = read(Renderer().page(families, dialect) + end)
        ((sample),) = family.samples
        assert (sample.labels, sample.value) == ({"project": label}, float(value))


def test_unknown_is_absent_and_an_empty_family_is_not_named() -> None:
    families = (gauge("a", "A.", ((), None)), counter("b_total", "B.", ((), 0)))
    assert Renderer().page(families, Dialect.TEXT) == "# HELP b_total B.\n# TYPE b_total counter\nb_total 0\n"


def test_a_distribution_counts_up_to_its_bounds() -> None:
    made = histogram("d", "D.", (1, 2), observed((), (1, 2), [Decimal(1), Decimal("1.5"), Decimal(7)]))
    assert [(sample.suffix, sample.value) for sample in made.samples] == [
        ("_bucket", 1), ("_bucket", 2), ("_bucket", 3), ("_sum", Decimal("9.5")), ("_count", 3),
    ]  # fmt: skip
