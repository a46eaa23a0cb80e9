"""What the name of a layer says about its role, in the languages designers name layers in: English, German, French,
Spanish, Japanese, and a few words of Russian.

A name is cut into words at spaces, signs, digits and inner capitals, without accents and case: "HeroImage 2" is hero
and image. A long word also counts as the beginning or end of a compound ("Hintergrundbild", "Kaufbutton"), a word in
another script wherever it stands ("背景画像").
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import Literal

Role = Literal[
    "background", "scenery", "light", "plant", "cloud", "photo", "hero", "logo", "panel", "item", "title", "text",
    "button", "decoration", "sparkle",
]  # fmt: skip
Named = Role | Literal["shadow"]

# The words of a role; of several in a name the last one counts ("Button text" is text), but a shadow is a shadow.
ROLE_WORDS: dict[Named, str] = {
    "shadow": """shadow shadows shade schatten ombre ombres sombra sombras 影 シャドウ シャドー тень""",
    "background": """background bg backdrop paper wallpaper sky hintergrund himmel fond arriereplan ciel fondo cielo
        背景 空 фон небо""",
    "title": """title headline heading header wordmark titel ueberschrift uberschrift schlagzeile titre titulo
        encabezado タイトル 見出し 題名 заголовок""",
    "text": """text subtitle subhead tagline slogan claim caption label quote date price description paragraph
        untertitel preis datum beschreibung fliesstext texte soustitre prix legende texto subtitulo precio fecha leyenda
        テキスト 文字 本文 字幕 日付 価格 текст надпись подпись""",
    "button": """button buttons btn cta knopf schaltflaeche schaltflache bouton boton ボタン кнопка""",
    "logo": """logo logos logotype brand emblem marke logotipo marca ロゴ логотип""",
    "photo": """photo photos image picture img foto bild fotografie imagen 写真 画像 фото картинка""",
    "hero": """hero character person people man woman girl boy portrait mascot product figur charakter frau mann
        maedchen madchen junge mensch produkt personnage femme homme fille garcon produit personaje mujer hombre chica
        chico persona producto キャラ 人物 女性 男性 商品 персонаж человек""",
    "plant": """tree trees plant plants grass flower flowers palm bush baum baeume pflanze gras blume blumen strauch
        arbre arbres plante herbe fleur fleurs arbol arboles planta hierba flor flores 木 草 花 植物 дерево трава
        цветок""",
    "cloud": """cloud clouds mist fog haze smoke steam wolke wolken nebel rauch dampf nuage nuages brume fumee nube
        nubes niebla humo 雲 霧 煙 облако туман дым""",
    "light": """glow light lights flare ray rays beam sunlight shine leuchten licht strahl glanz lueur lumiere eclat
        rayon brillo luz destello rayo 光 輝き グロー свет блик""",
    "sparkle": """star stars sparkle sparkles twinkle glitter stern sterne glitzer funkeln etoile etoiles paillettes
        estrella estrellas chispa 星 キラキラ звезда звезды""",
    "decoration": """leaf leaves bird birds bubble bubbles confetti dot dots heart hearts petal petals snow snowflake
        particle particles ornament decoration deco icon icons badge sticker balloon blatt blaetter blatter vogel voegel
        blase blasen konfetti punkt punkte herz herzen schnee deko feuille feuilles oiseau oiseaux bulle bulles
        confettis coeur coeurs flocon icone hoja hojas pajaro pajaros burbuja burbujas punto corazon copo icono
        葉 鳥 泡 ハート 雪 アイコン 飾り лист птица сердце""",
    "panel": """panel card cards box plate modal dialog window banner ribbon frame karte kasten fenster rahmen tafel
        carte cadre panneau fenetre tarjeta caja marco ventana カード パネル 枠 карточка рамка""",
    "scenery": """sun moon ground floor hill hills mountain mountains ridge sea ocean horizon landscape wall boden
        huegel hugel berg berge meer wand landschaft sonne mond soleil lune sol luna colline montagne mur paysage suelo
        colina montana mar pared paisaje 太陽 月 地面 山 海 床 壁 солнце луна земля гора море""",
}
_LONG = 5  # letters: from here on a word may be part of a compound


def words_of(name: str) -> tuple[str, ...]:
    """The words of a name, folded: no case, no accents, no digits."""
    parted = re.sub(r"(?<=[a-zß-ÿ])(?=[A-ZÀ-Þ])", " ", name)
    plain = unicodedata.normalize("NFKD", parted.casefold())
    unmarked = "".join(sign for sign in plain if not "\u0300" <= sign <= "\u036f")
    return tuple(re.findall(r"[^\W\d_]+", unicodedata.normalize("NFC", unmarked)))


@cache
def _folded(role: Named) -> tuple[str, ...]:
    return tuple("".join(words_of(word)) for word in ROLE_WORDS[role].split())


@lru_cache(maxsize=10_000)
def role_in(name: str) -> tuple[Named, str] | None:
    """(role, the word that says so) of a name; None when it says nothing."""
    found: list[tuple[Named, str]] = []
    for word in words_of(name):
        hits = [(role, key) for role in ROLE_WORDS for key in _folded(role) if _says(word, key)]
        if hits:
            best = max(hits, key=lambda hit: (hit[1] == word, len(hit[1])))
            found.append((best[0], word))
    shadow = next((each for each in found if each[0] == "shadow"), None)
    return shadow or (found[-1] if found else None)


def names_text(name: str) -> bool:
    """Whether a name says that there are words to read."""
    found = role_in(name)
    return found is not None and found[0] in ("title", "text")


def _says(word: str, key: str) -> bool:
    if not key.isascii():
        return key in word
    return word == key or (len(key) >= _LONG and (word.startswith(key) or word.endswith(key)))


def named_after(name: str, other: str) -> bool:
    """Whether a name has all words and numbers of another: "Button 2 shadow" and "Knopfschatten" are after "Button 2",
    "Knopf"."""
    words, numbers = words_of(name), re.findall(r"\d+", name)
    wanted = words_of(other)
    said = all(any(word.startswith(each) for word in words) for each in wanted)
    return bool(wanted) and said and set(re.findall(r"\d+", other)) <= set(numbers)


def stem(name: str) -> str:
    """A name without its number: "Star 3" and "Star 3 copy" are both star. "" for names that are only a number."""
    copies = {"copy", "kopie", "copie", "copia", "コピー", "копия"}
    return " ".join(word for word in words_of(name) if word not in copies)
