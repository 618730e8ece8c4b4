"""Draw a product: a motif for what it is, in the colour it has, on a quiet ground; the same product, the same picture.

The motifs are in `motifs.svg`. What a thing is, its name says: the last word of it that we can draw.
"""

import colorsys
import re
import zlib
from collections.abc import Iterator, Mapping
from functools import cache
from html import escape
from pathlib import Path

from bot.shop.port import Product

WOOD = "#c49a6c"
COLOURS: Mapping[str, str] = {
    "white": "#e9e6de", "cream": "#ecdfc3", "ecru": "#e6dcc4", "ivory": "#ece4d2", "oatmeal": "#d9cbb2",
    "stone": "#bfb6a6", "sand": "#d8c3a0", "flax": "#d2c1a1", "natural": "#cfa97a", "kraft": "#c39d6f",
    "oak": "#cda06c", "pine": "#d9b680", "beech": "#d8b48c", "walnut": "#7d5a41", "tan": "#b9804f",
    "chestnut": "#8d5a3c", "brown": "#7a5640", "black": "#3b4045", "charcoal": "#53585d", "graphite": "#5c6166",
    "dark grey": "#5f666b", "grey": "#9aa1a5", "slate": "#6d777d", "steel": "#a9b1b6", "galvanised": "#a3adb1",
    "zinc": "#a3adb1", "silver": "#b9c0c4", "brass": "#c9a24d", "gold": "#cda851", "copper": "#c47f56",
    "amber": "#c9863a", "mustard": "#d2a03d", "yellow": "#e5b93c", "terracotta": "#c8714f", "rust": "#b5623d",
    "coral": "#e08a75", "red": "#bf4b45", "burgundy": "#7d3341", "clay": "#c9927f", "blush": "#e3b5aa",
    "pink": "#dd9ba4", "lavender": "#a796c6", "heather": "#9a86a8", "purple": "#7f6aa0", "midnight": "#2f3f63",
    "navy": "#34496e", "indigo": "#45558c", "ink": "#38507a", "ocean": "#3f7396", "deep blue": "#2f5d86",
    "dusty blue": "#88a2b8", "duck-egg": "#a9c9c6", "sky": "#9cc1da", "blue": "#5586b0", "teal": "#3c8285",
    "sea": "#7db3a8", "mint": "#a5d0b7", "celadon": "#a9c7ae", "sage": "#9db08f", "olive": "#7f8455",
    "moss": "#74854f", "bottle": "#2f6b4f", "forest": "#3d6a4e", "green": "#5f9468", "clear": "#a8c5cc",
    "rainbow": "#d97a5b", "bright": "#d97a5b", "mixed": "#6a94a8", "tortoiseshell": "#8a5b36", "speckled": "#e4dfd3",
}  # fmt: skip
GROUNDS: Mapping[str, str] = {
    "Furniture": "#f1ece2", "Lighting": "#f4eddb", "Kitchen": "#e8efec", "Tableware": "#e9eef1", "Bedding": "#eeeaf1",
    "Bath": "#e4eff0", "Garden": "#e9f0e2", "Decor": "#f4e9e3", "Storage": "#efece4", "Toys": "#f7ecd9",
    "Clothing": "#e8ecf2", "Accessories": "#f1e8ea", "Stationery": "#eaeef4", "Outdoor": "#e6efe8", "Pets": "#f3ede1",
}  # fmt: skip
DRAWN_AS: Mapping[str, str] = {
    "table": "table", "tables": "table", "desk": "table", "bench": "table", "trolley": "shelves", "bistro": "table",
    "chair": "chair", "stool": "chair", "windbreak": "cloth", "sofa": "sofa", "armchair": "sofa", "footstool": "petbed",
    "bookcase": "shelves", "bedside": "shelves", "rack": "shelves", "shelf": "shelves", "stand": "hooks", "bed": "bed",
    "duvet": "bed", "sheet": "bed", "bedspread": "bed", "protector": "bed", "pillow": "cushion", "cushion": "cushion",
    "pillowcases": "cushion", "sheepskin": "rug", "throw": "cloth", "blanket": "cloth", "lamp": "lamp", "shade": "lamp",
    "pendant": "pendant", "lights": "lights", "bulb": "bulb", "lantern": "lantern", "light": "pendant",
    "nightlight": "lantern", "torch": "bulb", "casserole": "pot", "oven": "pot", "saucepan": "pot", "skillet": "pan",
    "wok": "pan", "tin": "pot", "knife": "knife", "board": "board", "block": "board", "pin": "tool", "kettle": "kettle",
    "espresso": "kettle", "coffee": "kettle", "towels": "cloth", "apron": "dress", "gauntlet": "gloves",
    "wraps": "cloth", "caddy": "box", "mug": "mug", "cups": "mug", "tumbler": "glass", "plate": "plate",
    "bowl": "bowl", "dish": "bowl", "carafe": "glass", "glass": "glass", "glasses": "glass",
    "cutlery": "cutlery", "servers": "cutlery", "napkins": "cloth", "tablecloth": "cloth", "placemats": "plate",
    "towel": "towel", "bathrobe": "coat", "robe": "coat", "curtain": "towel", "curtains": "towel", "mat": "rug",
    "soap": "soap", "scrub": "jar", "salts": "jar", "dispenser": "bottle", "sponge": "soap", "hook": "hooks",
    "rail": "hooks", "peg": "hooks", "spade": "tool", "fork": "tool", "trowel": "tool", "secateurs": "tool",
    "watering": "can", "pot": "plant", "planter": "plant", "basket": "basket", "seeds": "seeds", "seed": "seeds",
    "mix": "seeds", "kit": "plant", "feeder": "house", "box": "box", "hotel": "house", "kneeling": "rug",
    "frame": "frame", "print": "frame", "poster": "frame", "calendar": "frame", "mirror": "mirror", "vase": "vase",
    "lavender": "vase", "stems": "vase", "clock": "clock", "compass": "clock", "rug": "rug", "wreath": "mirror",
    "star": "star", "baubles": "star", "bookends": "shelves", "cube": "box", "crate": "box", "bin": "box",
    "jar": "jar", "jars": "jar", "canister": "jar", "organiser": "box", "hamper": "basket", "carrier": "bag",
    "bags": "bag", "train": "train", "boat": "train", "stacker": "blocks", "blocks": "blocks", "sorter": "blocks",
    "doll": "animal", "seal": "animal", "puffin": "animal", "puppets": "animal", "theatre": "house", "whale": "animal",
    "jigsaw": "puzzle", "puzzle": "puzzle", "game": "puzzle", "ludo": "puzzle", "bike": "train", "kite": "kite",
    "rope": "kite", "bucket": "basket", "watercolour": "pen", "clay": "blocks", "jumper": "jumper", "top": "jumper",
    "layer": "jumper", "shirt": "jumper", "raincoat": "coat", "jacket": "coat", "gilet": "coat", "gown": "coat",
    "coat": "coat", "trousers": "trousers", "dungarees": "trousers", "pyjamas": "trousers", "dress": "dress",
    "socks": "socks", "clogs": "shoes", "boots": "shoes", "slippers": "shoes", "bag": "bag", "rucksack": "bag",
    "satchel": "bag", "holdall": "bag", "pouch": "bag", "scarf": "scarf", "square": "scarf", "beanie": "hat",
    "hat": "hat", "gloves": "gloves", "mittens": "gloves", "wallet": "wallet", "belt": "wallet", "keyring": "wallet",
    "sunglasses": "glasses", "umbrella": "umbrella", "mask": "glasses", "binoculars": "glasses",
    "notebook": "notebook", "diary": "notebook", "pad": "notebook", "pen": "pen", "pencils": "pen", "case": "wallet",
    "cards": "card", "letter": "card", "wrap": "wrap", "paper": "wrap", "tape": "wrap", "seals": "card",
    "scissors": "knife", "flask": "flask", "fire": "fire", "forks": "tool", "hammock": "hammock", "straps": "hooks",
    "candle": "candle", "collar": "wallet", "lead": "kite", "bowls": "bowl", "toy": "bone", "crab": "animal",
    "biscuits": "bone", "post": "house", "cave": "petbed", "sardines": "animal", "wand": "kite", "brush": "soap",
}  # fmt: skip
PHRASES: Mapping[str, str] = {
    "bed frame": "bed", "bath sheet": "towel", "bath towel": "towel", "reading glasses": "glasses",
    "rolling pin": "pen", "bistro": "table", "donut dog bed": "petbed", "soap dish": "soap", "fire pit": "fire",
    "coat stand": "hooks", "towel rail": "hooks", "enamel pin": "animal", "bath caddy": "board",
    "garden kneeler": "chair", "bedside table": "shelves", "dog mat": "rug", "bath mat": "rug", "wax seal": "card",
}  # fmt: skip
BY_CATEGORY: Mapping[str, str] = {
    "Furniture": "shelves", "Lighting": "lamp", "Kitchen": "pot", "Tableware": "plate", "Bedding": "bed",
    "Bath": "towel", "Garden": "plant", "Decor": "vase", "Storage": "basket", "Toys": "blocks", "Clothing": "jumper",
    "Accessories": "bag", "Stationery": "notebook", "Outdoor": "hammock", "Pets": "bone",
}  # fmt: skip


def picture(product: Product) -> str:
    """The product as an SVG document of 400 × 400."""
    main = _colour(product.attributes.get("colour", ""), fallback=product.id)
    fragment = _motifs()[_motif(product)].format(a=main, b=_shade(main, -0.16), c=_shade(main, 0.2), w=WOOD)
    ground = GROUNDS.get(product.category, "#eeece6")
    turn = zlib.crc32(product.id.encode()) % 360
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400" role="img">'
        f"<title>{escape(product.name)}</title>"
        f'<rect width="400" height="400" fill="{ground}"/>'
        f'<circle cx="200" cy="200" r="168" fill="#fff" opacity=".55" transform="rotate({turn} 215 200)"/>'
        '<ellipse cx="200" cy="324" rx="130" ry="12" fill="#000" opacity=".08"/>'
        f"{fragment}</svg>"
    )


def _motif(product: Product) -> str:
    name = product.name.lower()
    phrases = (motif for phrase, motif in PHRASES.items() if phrase in name)
    words = (DRAWN_AS[word] for word in _head_words(name) if word in DRAWN_AS)
    return next(phrases, None) or next(words, None) or BY_CATEGORY.get(product.category, "box")


def _head_words(name: str) -> Iterator[str]:
    """The words of a product's name; the last one before a comma or "with" says most, so they come backwards."""
    head = re.split(r",| with | for | in | and ", name)[0]
    yield from reversed(re.findall(r"[a-z]+", head))
    yield from re.findall(r"[a-z]+", name[len(head) :])


def _colour(words: str, *, fallback: str) -> str:
    """The first colour named in `words`; one of its own for a product that names none."""
    words = words.lower()
    found = [(match.start(), -len(name), name) for name in COLOURS if (match := re.search(rf"\b{name}\b", words))]
    if found:
        return COLOURS[min(found)[2]]
    hue = zlib.crc32(fallback.encode()) % 360 / 360
    return _hex(colorsys.hls_to_rgb(hue, 0.58, 0.32))


def _shade(colour: str, change: float) -> str:
    """`colour` lighter (above 0) or darker; light colours get darker in both directions, so that both still show."""
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    hue, light, saturation = colorsys.rgb_to_hls(red, green, blue)
    if light > 0.78 and change > 0:
        change = 0.9 * (0.97 - light)
    return _hex(colorsys.hls_to_rgb(hue, min(max(light + change, 0.08), 0.97), saturation))


def _hex(rgb: tuple[float, float, float]) -> str:
    return "#" + "".join(f"{round(part * 255):02x}" for part in rgb)


@cache
def _motifs() -> dict[str, str]:
    drawing = Path(__file__).with_name("motifs.svg").read_text(encoding="utf-8")
    return {
        name: body.replace("\n", "") for name, body in re.findall(r'<symbol id="(\w+)">(.*?)</symbol>', drawing, re.S)
    }
