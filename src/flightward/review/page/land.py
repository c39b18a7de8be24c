"""The base map behind the drawing: borders, coasts and names near the view, cut from GeoJSON files, on the plane."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry import shape

from flightward.review.page.pack import flat
from flightward.review.scene import Scene

MOST_PLACES = 90
PARTS = 2_500.0
"""Lines are simplified to this part of the view's width: about half a pixel."""
LAYERS = ("land", "borders", "admin1")


def land(folder: Path | None, scene: Scene, box_m: tuple[float, float, float, float]) -> dict[str, Any]:
    """Lines and names within a box of the plane (west, south, east, north; metres). Empty without the files.

    folder  holds land.json, borders.json, admin1.json, places.json, as the console's base map does; any may be missing.
    """
    if folder is None or not folder.is_dir():
        return {}
    bounds = _degrees(scene, box_m)
    box = shapely.box(*bounds)
    out: dict[str, Any] = {}
    for name in LAYERS:
        path = folder / f"{name}.json"
        if not path.is_file():
            continue
        rings = []
        for geometry in _geometries(json.loads(path.read_text(encoding="utf-8"))):
            if not shapely.intersects(box, shapely.box(*shapely.bounds(geometry))):
                continue
            clipped = shapely.intersection(shapely.make_valid(geometry), box)
            for part in shapely.get_parts(shapely.simplify(clipped, (bounds[2] - bounds[0]) / PARTS)):
                line = part.exterior if part.geom_type == "Polygon" else part
                points = shapely.get_coordinates(line)
                if len(points) > 1:
                    rings.append(flat(*scene.to_plane(points[:, 1], points[:, 0])))
        out[name] = rings
    places = folder / "places.json"
    if places.is_file():
        out["places"] = _places(json.loads(places.read_text(encoding="utf-8")), scene, bounds)
    return out


def _geometries(doc: dict[str, Any]) -> list[Any]:
    features = doc.get("features", [doc])
    return [g for f in features for g in shapely.get_parts(shape(f["geometry"]))]


def _places(doc: dict[str, Any], scene: Scene, box: tuple[float, float, float, float]) -> list[list[Any]]:
    """[name, rank, e, n], largest first."""
    kept = []
    for f in doc["features"]:
        lon, lat = f["geometry"]["coordinates"]
        if box[0] <= lon <= box[2] and box[1] <= lat <= box[3]:
            kept.append((-int(f["properties"].get("pop", 0)), str(f["properties"]["name"]), lon, lat))
    kept = sorted(kept)[:MOST_PLACES]
    if not kept:
        return []
    e, n = scene.to_plane(np.array([k[3] for k in kept]), np.array([k[2] for k in kept]))
    return [
        [k[1], i, round(float(a) / 10.0), round(float(b) / 10.0)]
        for i, (k, a, b) in enumerate(zip(kept, e, n, strict=True))
    ]


def _degrees(scene: Scene, box_m: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    west, south, east, north = box_m
    e = np.array([west, east, west, east, (west + east) / 2, (west + east) / 2, west, east])
    n = np.array([south, south, north, north, south, north, (south + north) / 2, (south + north) / 2])
    lat, lon = (np.degrees(x) for x in scene.frame.to_geodetic(e, n))
    return float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max())
