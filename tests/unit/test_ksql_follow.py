"""The lines of a push query: columns without knowing the rows to come."""

from playground.cli.ksql_follow import GrowingColumns


def test_numbers_stand_to_the_right_and_a_wide_value_widens_its_column():
    table = GrowingColumns([("item", "STRING"), ("total", "INTEGER"), ("price", "DECIMAL(10, 2)")])

    assert table.heading() == "item           total  price"
    assert table.line(("book", 8, 1.25)) == "book               8    1.2"
    assert table.line(("a" * 15, None, 100)) == "aaaaaaaaaaaaaaa       -    100"
    assert table.line(("pen", 9, 2)) == "pen                   9      2"


def test_text_of_others_does_not_steer_the_terminal():
    table = GrowingColumns([("item", "STRING")])

    assert table.line(("\x1b[2Jbook\n",)) == "?[2Jbook?"
