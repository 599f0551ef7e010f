"""Makes the fonts of this folder from the upstream releases (needs fontTools).

usage: make.py <folder of Inter's static OTF files> <folder of JetBrains Mono's TTF files>
"""

import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont


def without_ligatures(font):
    """Drops contextual alternates: `->` in a heap is two characters, and is shown as two."""
    options = Options(
        layout_features=["ccmp", "locl", "mark", "mkmk", "kern"],
        notdef_outline=True,
        name_IDs=["*"],
        name_languages=["*"],
        glyph_names=False,
        hinting=True,
    )
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=list(font.getBestCmap()))
    subsetter.subset(font)


def with_tabular_figures(font):
    """Maps the digits to the glyphs of the `tnum` feature, which all have one width."""
    features = font["GSUB"].table.FeatureList.FeatureRecord
    lookups = font["GSUB"].table.LookupList.Lookup
    tabular = {}
    for record in features:
        if record.FeatureTag == "tnum":
            for index in record.Feature.LookupListIndex:
                for table in lookups[index].SubTable:
                    tabular.update(getattr(table, "ExtSubTable", table).mapping)
    for table in font["cmap"].tables:
        for digit in range(ord("0"), ord("9") + 1):
            if digit in table.cmap:  # tables may share one mapping: a digit may be done already
                table.cmap[digit] = tabular.get(table.cmap[digit], table.cmap[digit])


def main(inter, mono):
    here = Path(__file__).parent
    for weight in ["Regular", "SemiBold"]:
        font = TTFont(Path(inter) / f"Inter-{weight}.otf")
        with_tabular_figures(font)
        without_ligatures(font)
        font.save(here / f"Inter-{weight}-tabular.otf")
    font = TTFont(Path(mono) / "JetBrainsMono-Regular.ttf")
    without_ligatures(font)
    font.save(here / "JetBrainsMono-Regular-plain.ttf")


main(*sys.argv[1:])
