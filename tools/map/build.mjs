// Draws src/citywatch/data/places/world.json once. `node build.mjs`; `node build.mjs --golden` prints test points.
import { readFileSync, writeFileSync } from "node:fs";
import { geoCentroid, geoEqualEarth, geoPath } from "d3-geo";
import { feature, mesh } from "topojson-client";
import { filter, filterAttached, presimplify, simplify, sphericalRingArea, sphericalTriangleArea } from "topojson-simplify";

const WIDTH = 960;
const MARGIN = 2; // units kept free at every edge, so that no coast line is cut
const ROTATE = -11;
const WEIGHT = 5.5e-6; // steradians (223 km2, half a unit across): points whose triangle is smaller go
const RING = 4e-6; // steradians (162 km2): detached rings below go, unless one is the main land of its area
const WHOLE = 4e-5; // steradians (1,600 km2): the main ring of a smaller area keeps every point
const DOT = 0.4; // units: side of the square that stands for an area too small to draw
const BY_NAME = { Kosovo: "XKX" };
const OTHER_NAMES = {
  "N. Cyprus": "Northern Cyprus",
  "Indian Ocean Ter.": "Christmas and Cocos Islands",
  "Ashmore and Cartier Is.": "Ashmore and Cartier Islands",
};

const here = (path) => new URL(path, import.meta.url);
const m49 = JSON.parse(readFileSync(here("m49.json")));
const source = JSON.parse(readFileSync(here("node_modules/world-atlas/countries-50m.json")));

delete source.objects.land; // else every ring counts as shared with it
source.objects.countries.geometries = source.objects.countries.geometries.filter((g) => g.properties.name !== "Antarctica");
for (const geometry of source.objects.countries.geometries) {
  const { name } = geometry.properties;
  const iso3 = name in OTHER_NAMES ? undefined : (m49[geometry.id] ?? BY_NAME[name]);
  if (iso3 === undefined && geometry.id !== undefined && !(name in OTHER_NAMES)) throw new Error(`no code for ${geometry.id} ${name}`);
  geometry.properties = { iso3, name: OTHER_NAMES[name] ?? name };
}
const world = reduce(source);
const shapes = feature(world, world.objects.countries);
const projection = geoEqualEarth().rotate([ROTATE, 0]).fitWidth(WIDTH - 2 * MARGIN, shapes);
projection.translate(projection.translate().map((value) => value + MARGIN));
const bounds = geoPath(projection).bounds(shapes);

if (process.argv.includes("--golden")) {
  const points = [
    [-1.2921, 36.8219], [40.7128, -74.006], [-33.8688, 151.2093], [35.6762, 139.6503], [0, 11], [-54.8019, -68.303],
    [78.2232, 15.6267], [64.7333, 177.5167], [-17.7134, 178.065], [-21.1393, -175.2049], [51.4779, 0], [-41.2866, 174.7756],
  ];
  for (const [lat, lon] of points) console.log(`    (${lat}, ${lon}, ${projection([lon, lat]).map((v) => v.toFixed(4)).join(", ")}),`);
} else {
  write();
}

/** Drop points and detached rings below the limits; no area vanishes altogether. */
function reduce(topology) {
  const weighed = presimplify(topology, sphericalTriangleArea);
  const isAttached = filterAttached(weighed);
  const area = (ring, isHole) => sphericalRingArea(feature(weighed, { type: "Polygon", arcs: [ring] }).geometry.coordinates[0], isHole);
  const kept = new Set();
  for (const geometry of weighed.objects.countries.geometries) {
    const rings = (geometry.type === "Polygon" ? [geometry.arcs] : geometry.arcs).map((polygon) => polygon[0]);
    const main = rings.reduce((best, ring) => (area(ring, false) > area(best, false) ? ring : best));
    kept.add(main.join());
    if (area(main, false) < WHOLE) {
      for (const arc of main) for (const point of weighed.arcs[arc < 0 ? ~arc : arc]) point[2] = Infinity;
    }
  }
  const isWanted = (ring, isHole) => kept.has(ring.join()) || isAttached(ring) || area(ring, isHole) >= RING;
  return simplify(filter(weighed, isWanted), WEIGHT);
}

function write() {
  const countries = {};
  const other = {};
  for (const shape of shapes.features.toSorted((a, b) => ((a.properties.iso3 ?? a.properties.name) < (b.properties.iso3 ?? b.properties.name) ? -1 : 1))) {
    const { iso3, name } = shape.properties;
    const box = geoPath(projection).bounds(shape).flat().map((value) => round(value));
    const path = draw(shape) || square(projection(geoCentroid(shape)));
    if (iso3 === undefined) other[name] = { path, bbox: box };
    else countries[iso3] = { path, bbox: box };
  }
  const json = {
    width: WIDTH,
    height: Math.ceil(bounds[1][1] + MARGIN),
    projection: { name: "equal-earth", rotate: ROTATE, scale: projection.scale(), translate: projection.translate() },
    countries,
    borders: draw(mesh(world, world.objects.countries, (a, b) => a !== b)),
    coast: draw(mesh(world, world.objects.countries, (a, b) => a === b)),
    other,
  };
  writeFileSync(here("../../src/citywatch/data/places/world.json"), JSON.stringify(json) + "\n");
}

/** SVG path with one decimal and relative steps; lines and rings that shrink to a point are left out. */
function draw(shape) {
  const parts = [];
  let line = [];
  geoPath(projection, {
    moveTo: (x, y) => { flush(false); line = [[x, y]]; },
    lineTo: (x, y) => { line.push([x, y]); },
    closePath: () => { flush(true); },
    arc: () => {},
  })(shape);
  flush(false);
  return parts.join("");

  function flush(isRing) {
    const steps = line.map((point) => point.map((value) => Math.round(value * 10))).filter((p, i, all) => i === 0 || p[0] !== all[i - 1][0] || p[1] !== all[i - 1][1]);
    line = [];
    if (isRing && steps.length > 1 && steps[0].join() === steps.at(-1).join()) steps.pop();
    if (steps.length < (isRing ? 3 : 2)) return;
    const moves = steps.slice(1).map((point, i) => [point[0] - steps[i][0], point[1] - steps[i][1]]);
    parts.push(`M${join(steps[0])}l${join(moves.flat())}${isRing ? "z" : ""}`);
  }
}

/** Numbers of a path as short as SVG allows: a sign or a second full stop separates by itself. */
function join(numbers) {
  let text = "";
  let last = "";
  for (const number of numbers) {
    const next = String(number / 10).replace(/^(-?)0\./, "$1.");
    const isApart = text === "" || next.startsWith("-") || (next.startsWith(".") && last.includes("."));
    text += isApart ? next : ` ${next}`;
    last = next;
  }
  return text;
}

function round(value) {
  return Math.round(value * 10) / 10;
}

function square([x, y]) {
  return `M${round(x - DOT / 2)},${round(y - DOT / 2)}h${DOT}v${DOT}h-${DOT}z`;
}
