"""Pictures in several layers, bottom first, whose layers belong together."""

from __future__ import annotations

from .easel import Easel, box, curve, oval, star

Scene = dict[str, Easel]


def _on(*draw: tuple[str, object]) -> Scene:
    return {name: easel for name, easel in draw if isinstance(easel, Easel)}


def ball() -> Scene:
    shadow, thing = Easel(), Easel()
    shadow.fill(oval(128, 214, 46, 9), "#1b1b2f", alpha=0.5, blur=3)
    body = oval(128, 170, 40)
    thing.fill(body, ("#ff8fa3", "#c9184a"))
    thing.line(curve([(92, 152), (128, 168), (166, 156)], closed=False), 5, "#fff0f3", within=body)
    thing.line(curve([(120, 132), (112, 170), (124, 208)], closed=False), 5, "#fff0f3", within=body)
    thing.fill(oval(112, 150, 10, 7, -30), "#ffffff", alpha=0.6)
    return {"Shadow": shadow, "Ball": thing}


def snowman() -> Scene:
    body, hat = Easel(), Easel()
    for y, r in ((196, 44), (138, 33)):
        body.fill(oval(128, y, r), ("#ffffff", "#cfe3f5"))
    for x in (118, 140):
        body.fill(oval(x, 130, 4), "#22303c")
    body.fill([(128, 136), (166, 144), (128, 146)], "#f77f00")
    for y in (182, 198, 214):
        body.fill(oval(130, y, 4), "#22303c")
    body.fill(curve([(98, 160), (128, 170), (160, 160), (162, 168), (128, 180), (96, 168)]), "#d62828")
    hat.fill(box(86, 98, 84, 11, 5, -4), "#1d3557")
    hat.fill(box(102, 52, 52, 52, 6, -4), ("#27476e", "#14273f"))
    hat.fill(box(103, 86, 52, 10, 0, -4), "#e63946")
    return {"Snowman": body, "Hat": hat}


def boat() -> Scene:
    sea, craft = Easel(), Easel()
    craft.fill([(128, 152), (128, 56), (190, 146)], ("#ffffff", "#dbe7f3"))
    craft.fill([(122, 150), (122, 74), (80, 146)], "#ff9f1c")
    craft.line([(125, 50), (125, 164)], 4, "#6d4c41")
    craft.fill(curve([(62, 160), (196, 160), (178, 194), (86, 194)], steps=6), ("#c1443c", "#84251f"))
    crest = [(8 + 8 * i, 184 + (6 if i % 2 else 0)) for i in range(31)]
    sea.fill([*curve(crest, closed=False, steps=6), (248, 236), (8, 236)], ("#2a9df4", "#0b5ea8"))
    sea.line(curve([(40, 208), (80, 204), (120, 210)], closed=False), 3, "#bfe3ff", alpha=0.7)
    sea.line(curve([(150, 220), (190, 216), (226, 222)], closed=False), 3, "#bfe3ff", alpha=0.7)
    return {"Boat": craft, "Sea": sea}


def orbiters() -> Scene:
    sun, earth, moon = Easel(), Easel(), Easel()
    sun.fill(star(128, 128, 44, 35, 14), "#ffb703")
    sun.fill(oval(128, 128, 32), ("#ffe066", "#fb8500"))
    body = oval(204, 128, 20)
    earth.fill(body, ("#4ea8de", "#1b4f9c"))
    earth.fill(curve([(196, 116), (210, 112), (214, 126), (202, 132)]), "#57a773", within=body)
    earth.fill(curve([(192, 136), (204, 138), (200, 148)]), "#57a773", within=body)
    moon.fill(oval(128, 48, 11), ("#e5e5ea", "#a1a1aa"))
    moon.fill(oval(124, 45, 3), "#8e8e99")
    return {"Sun": sun, "Earth": earth, "Moon": moon}


def letters() -> Scene:
    made: Scene = {}
    for i, (letter, colour) in enumerate(zip("JUMP", ("#ef476f", "#f78c2a", "#06b58c", "#3a6fd8"), strict=True)):
        e = Easel((256, 144))
        e.write(letter, 44 + 56 * i, 76, 74, colour, weight=3)
        made[letter] = e
    return made


def pond() -> Scene:
    water, duck = Easel(), Easel()
    duck.fill(
        curve([(76, 150), (110, 142), (150, 150), (196, 128), (190, 172), (140, 192), (92, 184)]),
        ("#ffe066", "#f4b400"),
    )
    duck.fill(oval(96, 118, 30), ("#ffe985", "#f7c325"))
    duck.fill(curve([(70, 116), (44, 124), (70, 132)]), "#f3722c")
    duck.fill(oval(88, 110, 5), "#22223b")
    duck.fill(curve([(124, 156), (168, 150), (150, 178)]), "#e0a100")
    water.fill(oval(128, 196, 112, 26), ("#90e0ef", "#0096c7"), alpha=0.92)
    water.line(oval(128, 196, 84, 14), 3, "#e0fbff", closed=True, alpha=0.6)
    water.fill(oval(208, 190, 20, 7), "#52b788")
    return {"Duck": duck, "Water": water}


def checkout() -> Scene:
    button, pointer = Easel((256, 144)), Easel((256, 144))
    button.fill(box(40, 42, 150, 46, 12), ("#ff7a18", "#e8500e"))
    button.write("Buy now", 115, 65, 25, "#ffffff", weight=0.7)
    pointer.fill([(176, 72), (176, 118), (187, 108), (195, 126), (203, 122), (195, 105), (209, 104)], "#111827")
    pointer.line(
        [(176, 72), (176, 118), (187, 108), (195, 126), (203, 122), (195, 105), (209, 104)], 2.5, "#ffffff", closed=True
    )
    return {"Button": button, "Pointer": pointer}


def birds() -> Scene:
    made: Scene = {}
    for name, x, y, side, colours in (
        ("Red bird", 78, 92, 1, ("#ff6b6b", "#c92a2a")),
        ("Blue bird", 178, 170, -1, ("#74c0fc", "#1c7ed6")),
    ):
        e = Easel()
        e.fill(
            curve(
                [
                    (x - 40 * side, y + 4),
                    (x - 10 * side, y - 24),
                    (x + 26 * side, y - 20),
                    (x + 36 * side, y + 6),
                    (x, y + 26),
                ]
            ),
            colours,
        )
        e.fill([(x - 34 * side, y), (x - 62 * side, y - 14), (x - 54 * side, y + 16)], colours[1])
        e.fill(curve([(x - 16 * side, y - 4), (x + 14 * side, y - 2), (x - 4 * side, y + 20)]), colours[1])
        e.fill([(x + 32 * side, y - 12), (x + 52 * side, y - 5), (x + 33 * side, y + 1)], "#ffb703")
        e.fill(oval(x + 20 * side, y - 10, 4.5), "#ffffff")
        e.fill(oval(x + 21 * side, y - 10, 2.4), "#1b1b1b")
        made[name] = e
    return made


SCENES = (ball, snowman, boat, orbiters, letters, pond, checkout, birds)
