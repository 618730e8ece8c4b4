from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bot.shop.pictures import picture
from bot.shop.port import Product
from bot.shop.sql import SqlShop

SHAPES = ("path", "circle", "rect", "ellipse")


def test_every_product_has_a_tidy_picture(shop: SqlShop) -> None:
    for product in shop.products():
        drawn = ElementTree.fromstring(picture(product))
        shapes = [part for part in drawn.iter() if part.tag.rpartition("}")[2] in SHAPES]
        assert len(shapes) >= 4, product.name
        assert "{" not in picture(product)


def test_a_picture_depends_on_nothing_but_the_product(shop: SqlShop) -> None:
    lamp = shop.product("LIG-001")
    assert picture(lamp) == picture(replace(lamp, stock=0))
    assert picture(lamp) != picture(replace(lamp, attributes={"colour": "navy"}))


@pytest.mark.parametrize(
    ("name", "like"), [("Pebble Mug", "Indigo Dip Mug"), ("Saltmarsh Bed Frame, King", "Wool Duvet")]
)
def test_the_same_kind_of_thing_is_drawn_alike(shop: SqlShop, name: str, like: str) -> None:
    def drawn(name: str) -> list[str]:
        product = replace(shop.product("TAB-005"), name=name, category="Anything")
        return [part.attrib.get("d", "") for part in ElementTree.fromstring(picture(product)).iter()]

    assert drawn(name) == drawn(like)


def test_a_name_with_markup_stays_text(shop: SqlShop) -> None:
    hostile: Product = replace(shop.product("LIG-001"), name="<script>alert(1)</script> & lamp")
    drawn = ElementTree.fromstring(picture(hostile))
    assert not [part for part in drawn.iter() if part.tag.endswith("script")]


def test_the_motifs_file_is_an_svg_of_its_own() -> None:
    path = Path(__file__).parents[3] / "bot" / "shop" / "motifs.svg"
    assert len(ElementTree.parse(path).getroot()) > 50
