// What a peer is asked, how it is timed, and how it tells: the same for each.
//
// `node PEER.mjs FOLDER ASKED.json`, where FOLDER is what ./install gave. ASKED.json is
// {feeds, osm, doors, date, rounds, range_minutes, ranges,
//  queries: [{from, to, from_point: [lat, lon], to_point, departure_s, midnight_ms}]}.
// The answer is a line of JSON: {version, load_ms, ms: [of each query, its quickest round],
// points: [of each query, [[rides, arrival_s], …]], range_ms: [of the first `ranges` queries] or null}.

import { readFileSync } from "node:fs";

/** How often everything is asked before it is timed: a compiler that learns needs it. */
const WARM = 2;

export const folder = process.argv[2];
export const asked = JSON.parse(readFileSync(process.argv[3], "utf8"));

/** What is slow gets more of a busy machine's noise: in doubt, for the peer. */
const quickest = (times) => Math.min(...times);

/** The version of a package in the folder. */
export const version = (name) =>
  JSON.parse(readFileSync(`${folder}/node_modules/${name}/package.json`, "utf8")).version;

/** What runs at all, and how long it takes; a peer with a clock of its own gives `took_ms`. */
async function timed(work, query) {
  const begin = performance.now();
  const answer = await work(query);
  return { ms: answer.took_ms ?? performance.now() - begin, answer };
}

/**
 * Asks everything and prints what came out.
 *
 * - `load()`: reads the feed;
 * - `at(query)`: one departure; what it gives is the answer in the peer's own shape;
 * - `points(answer, query)`: of that, [rides, arrival in seconds of the day] of each journey, not timed;
 * - `range(query, minutes)`: all departures of so many minutes, or null if the peer has no such question.
 */
export async function tell({ version, load, at, points, range }) {
  const begin = performance.now();
  await load();
  const load_ms = performance.now() - begin;
  const rounds = asked.queries.map(() => []);
  const told = [];
  for (let round = 0; round < WARM + asked.rounds; round++) {
    for (const [nth, query] of asked.queries.entries()) {
      const { ms, answer } = await timed(at, query);
      if (round >= WARM) rounds[nth].push(ms);
      if (round === 0) told.push(best(points(answer, query)));
    }
  }
  let range_ms = null;
  if (range && asked.range_minutes) {
    const queries = asked.queries.slice(0, asked.ranges);
    const once = (query) => timed((query) => range(query, asked.range_minutes), query);
    const first = [];
    for (const query of queries) first.push((await once(query)).ms);
    range_ms = [];
    for (const [nth, query] of queries.entries()) {
      range_ms.push(quickest([first[nth], (await once(query)).ms]));
    }
  }
  console.log(JSON.stringify({ version, load_ms, ms: rounds.map(quickest), points: told, range_ms }));
}

/** The points that are better than every one with fewer rides. */
function best(points) {
  const kept = [];
  for (const [rides, arrival] of points.sort((a, b) => a[0] - b[0] || a[1] - b[1])) {
    if (kept.every(([, earlier]) => arrival < earlier)) kept.push([rides, arrival]);
  }
  return kept;
}
