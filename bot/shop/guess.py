"""A coarse category for a product of which only an order line's description is known."""

import re
from collections.abc import Mapping

OTHER = "Other"
NOUNS_OF_CATEGORY: Mapping[str, str] = {
    "Christmas": "christmas xmas advent bauble reindeer santa snowman stocking",
    "Bags": "bag rucksack handbag purse tote shopper wallet satchel backpack",
    "Tableware": "mug cup plate bowl saucer teapot jug tumbler napkin cutlery glass goblet coaster placemat cakestand",
    "Kitchen": "cake baking jar spoon tin kitchen lunch bottle cutter tray apron oven recipe bread scale timer "
    "chopping colander whisk cookie pantry flask snack",
    "Lighting": "light lamp lantern candle holder candlestick chandelier nightlight lampshade",
    "Storage": "box drawer basket storage cabinet hook hanger rack shelf crate organiser doormat chest",
    "Decor": "frame clock mirror sign ornament wreath heart decoration vase picture garland bell wall doorstop plaque "
    "block letter bird",
    "Textiles": "cushion throw quilt towel blanket cover rug curtain fabric",
    "Stationery": "card wrap ribbon paper notebook pencil tape pen sticker stamp notepad journal tissue magnet "
    "calculator book label",
    "Toys": "toy doll game jigsaw puzzle playhouse skittle dominoes spaceboy skipping dinosaur puppet chalk yoyo",
    "Garden": "garden plant seed watering flower pot parasol planter gnome trellis bucket",
    "Jewellery": "necklace earring bracelet ring brooch pendant bead charm",
    "Party": "party bunting balloon pinata birthday confetti",
    "Clothing": "scarf hat glove sock umbrella raincoat slipper shirt jumper dress jacket shoe",
    "Bath": "soap bath bathroom hairband wash plaster lip warmer",
    "Electronics": "phone cable charger headphone speaker usb adapter battery radio",
}
CATEGORY_OF = {noun: category for category, nouns in NOUNS_OF_CATEGORY.items() for noun in nouns.split()}


def category_of(description: str) -> str:
    """The category of the description's last noun that we know: an English name ends in what the thing is."""
    head = re.split(r"\b(?:with|for|of|in)\b", description.lower())[0]
    for text in (head, description.lower()):
        for word in reversed(re.findall(r"[a-z]+", text)):
            category = CATEGORY_OF.get(word) or CATEGORY_OF.get(word.removesuffix("s")) or _plural(word)
            if category:
                return category
    return OTHER


def _plural(word: str) -> str | None:
    return CATEGORY_OF.get(word.removesuffix("es")) if word.endswith("es") else None
