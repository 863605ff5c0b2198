"""A list of foods becomes magnesium; what is not understood is said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epsom.base.errors import EpsomError
from epsom.cli.main import main
from epsom.people.food.amounts import read_amount, split_items
from epsom.people.food.intake import food_intake
from epsom.people.food.match import find_food
from epsom.people.food.table import food_table, with_own_foods
from epsom.people.food.words import stem

TABLE = food_table()


def _one(text: str) -> tuple[str, str | None, float | None]:
    (item,) = food_intake(text, TABLE).items
    return item.status, item.foods[0].food if len(item.foods) == 1 else None, item.grams


def test_the_example_of_the_manual() -> None:
    found = food_intake("2 sneetjes volkoren, 30 g amandelen, 3 koffie", TABLE)
    # 70 g x 76.6 + 30 g x 270 + 450 g x 3, per 100 g
    assert found.mg == pytest.approx(0.70 * 76.6 + 0.30 * 270 + 4.5 * 3)
    assert found.low < found.mg < found.high
    assert found.complete


@pytest.mark.parametrize(
    ("text", "food", "grams"),
    [
        ("30 g amandelen", "almonds", 30), ("30g almonds", "almonds", 30),
        ("0,5 kg wortels", "carrots_raw", 500), ("twee eieren", "egg_boiled", 100),
        ("een handje noten", "mixed_nuts", 25), ("1,5 glas halfvolle melk", "milk_semi", 300),
        ("anderhalve banaan", "banana", 180), ("1 1/2 banana", "banana", 180),
        ("½ avocado", "avocado", 75), ("een half glas rode wijn", "wine_red", 50),
        ("kop thee", "tea_black", 150), ("pinda's", "peanuts_roasted", 25),
        ("2 el lijnzaad", "linseed", 20), ("3 slices of rye bread", "bread_rye_us", 96),
        ("2 opscheplepels boerenkool", "kale_cooked", 100), ("250 ml sojamelk", "soy_drink", 250),
        ("3 kiwi's", "kiwi", 225), ("aardappelpuree met melk", "potato_mashed", 200),
        ("een paar dadels", "dates_dried", 2 * 25 / 3), ("1 ons gehakt", "beef_ground", 100),
    ],
)  # fmt: skip
def test_amounts_and_names_of_both_languages(text: str, food: str, grams: float) -> None:
    status, found, weight = _one(text)
    assert (status, found) == ("ok", food)
    assert weight == pytest.approx(grams)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("3 xyzzy", "unknown"), ("100 g amandlen", "like"), ("2 boterhammen", "choose"), ("bonen", "choose"),
        ("20 amandelen", "amount"), ("2 rijst", "amount"), ("2 sneetjes bruinbrood", "no_value"),
    ],
)  # fmt: skip
def test_what_is_not_sure_is_asked_and_not_counted(text: str, status: str) -> None:
    found = food_intake(text, TABLE)
    assert [item.status for item in found.items] == [status]
    assert found.mg == 0.0
    assert not found.complete


def test_what_lies_on_bread_is_counted_apart() -> None:
    bread, topping = food_intake("2 sneetjes volkoren met pindakaas", TABLE).items
    assert (bread.foods[0].food, bread.grams) == ("bread_wholewheat_nl", 70.0)
    assert (topping.foods[0].food, topping.grams) == ("peanut_butter", 40.0)


@pytest.mark.parametrize("separator", [", ", "; ", "\n", " en ", " and ", " + "])
def test_items_are_separated_in_many_ways(separator: str) -> None:
    assert split_items(f"1,5 glas melk{separator}banaan") == ["1,5 glas melk", "banaan"]


@settings(max_examples=40)
@given(st.text(max_size=60))
def test_no_text_breaks_it(text: str) -> None:
    found = food_intake(text, TABLE)
    assert found.mg >= 0.0
    assert found.low <= found.mg <= found.high


@settings(max_examples=40)
@given(st.floats(0.5, 900), st.sampled_from(["almonds", "banana", "milk_semi"]))
def test_magnesium_is_proportional_to_weight(grams: float, food: str) -> None:
    name = TABLE.foods[food].name_en
    found = food_intake(f"{grams:.2f} g {name.split(',')[0]}", TABLE)
    rounded = float(f"{grams:.2f}")
    assert found.mg == pytest.approx(rounded / 100 * (TABLE.foods[food].mg_per_100g or 0.0), abs=1e-9) or (
        found.items[0].foods[0].food != food
    )


def test_zero_and_absurd_amounts_are_not_amounts() -> None:
    assert read_amount("0 g amandelen", TABLE.measures).count is None
    assert read_amount("1/0 banaan", TABLE.measures).count is None


def test_the_table_is_sound() -> None:
    assert set(TABLE.words.values()) <= set(TABLE.foods)
    for food in TABLE.foods.values():
        assert food.source
        assert food.portion_g > 0
        if food.mg_per_100g is None:
            assert food.confidence == "none"
        else:
            assert food.low is not None
            assert food.high is not None
            assert food.low <= food.mg_per_100g <= food.high
            assert "NEVO" not in food.source


def test_every_name_of_the_table_is_found_again() -> None:
    for food in TABLE.foods.values():
        for name in (food.name_en, food.name_nl):
            match = find_food(name, TABLE)
            assert match.how == "exact", name


@pytest.mark.parametrize(
    ("one", "many"),
    [("banaan", "bananen"), ("amandel", "amandelen"), ("tomaat", "tomaten"), ("noot", "noten")],
)
def test_plurals_share_a_stem(one: str, many: str) -> None:
    assert stem(one) == stem(many)


_OWN = (
    "food,name_en,name_nl,mg_per_100g,portion_g,source\nbread_brown_nl,Brown bread,Bruinbrood,44,35,my own\n"
)


def test_rows_of_ones_own_go_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "own.csv"
    path.write_text(_OWN)
    assert food_intake("2 sneetjes bruinbrood", with_own_foods(path)).mg == pytest.approx(0.7 * 44)
    assert main(["intake", "2 sneetjes bruinbrood", "--foods", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["items"][0]["source"] == "my own"


@pytest.mark.parametrize(
    ("text", "code"),
    [("food,name\nx,y\n", "E-FOODS-COLUMNS"), (_OWN.replace(",44,", ",44 mg,"), "E-FOODS-VALUE"),
     (_OWN.replace(",35,", ",-1,"), "E-FOODS-VALUE")],
)  # fmt: skip
def test_faulty_rows_of_ones_own(tmp_path: Path, text: str, code: str) -> None:
    path = tmp_path / "own.csv"
    path.write_text(text)
    with pytest.raises(EpsomError) as caught:
        with_own_foods(path)
    assert caught.value.problems[0].code == code


def test_the_command_in_both_languages(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["intake", "30 g almonds, 20 almonds", "--lang", "nl"]) == 3
    said = capsys.readouterr().out
    assert "81 mg" in said
    assert "hoeveel is dat" in said
    assert "USDA SR28" in said
    assert main(["intake", " , "]) == 2
    assert "E-FOODS-EMPTY" in capsys.readouterr().err
