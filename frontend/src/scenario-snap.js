// Where a point goes when it comes near a way or a known place; all in pixels of the screen.
const REACH = 14;

const between = (a, b, p) => {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const long = dx * dx + dy * dy;
  const share = long ? Math.max(0, Math.min(1, ((p.x - a.x) * dx + (p.y - a.y) * dy) / long)) : 0;
  return { x: a.x + share * dx, y: a.y + share * dy };
};
const apart = (a, b) => Math.hypot(a.x - b.x, a.y - b.y);
const around = (p, r) => [[p.x - r, p.y - r], [p.x + r, p.y + r]];
const linesOf = ({ type, coordinates }) =>
  type === "LineString" ? [coordinates] : type === "MultiLineString" || type === "Polygon" ? coordinates : type === "MultiPolygon" ? coordinates.flat() : [];

// The nearest point on any line of some layers, with how far it is; null if none is near.
export function onLine(map, point, layers, reach = REACH) {
  const present = layers.filter((layer) => map.getLayer(layer));
  let best = null;
  for (const feature of map.queryRenderedFeatures(around(point, reach), { layers: present })) {
    for (const line of linesOf(feature.geometry)) {
      const pixels = line.map((at) => map.project(at));
      for (let n = 1; n < pixels.length; n += 1) {
        const at = between(pixels[n - 1], pixels[n], point);
        const far = apart(at, point);
        if (far <= reach && (!best || far < best.far)) best = { far, at };
      }
    }
  }
  return best && { far: best.far, lngLat: map.unproject(best.at) };
}

// The nearest known place of the layer that is shown; null if none is near.
export function onPlace(map, point, layer, reach = REACH) {
  if (!map.getLayer(layer)) return null;
  let best = null;
  for (const feature of map.queryRenderedFeatures(around(point, reach), { layers: [layer] })) {
    const far = feature.geometry.type === "Point" ? apart(map.project(feature.geometry.coordinates), point) : 0;
    if (!best || far < best.far) best = { far, feature };
  }
  return best && best.feature;
}
