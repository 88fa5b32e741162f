// raptor-journey-planner: RAPTOR in JavaScript over the trips of one day; its range asks again and again,
// a second after the first departure of the last answer.
// A walk is a round of its own to it, and two may follow each other; of trips that overtake it knows those
// that do so at the end.

import { EventEmitter } from "node:events";
import { createReadStream } from "node:fs";
import { createRequire } from "node:module";
import { asked, folder, tell, version } from "./asked.mjs";

const require = createRequire(`${folder}/package.json`);
const planner = require("raptor-journey-planner");
const gtfs = require("gtfs-stream");

let departAfter, range;

// Its reader waits for an end that the unzipper of today's Node never tells: we tell it.
function rows(file) {
  const told = new EventEmitter();
  process.once("beforeExit", () => told.emit("end"));
  createReadStream(file)
    .pipe(gtfs({ raw: true }))
    .on("data", (row) => told.emit("data", row));
  return { pipe: () => told };
}

// It counts the day on, so that each question needs one of its own.
const day = () => new Date(asked.date);

await tell({
  version: version("raptor-journey-planner"),
  async load() {
    const [trips, transfers, interchange] = await planner.loadGTFS(rows(asked.feeds[0]));
    const known = trips.filter((trip) => trip.service && trip.stopTimes);
    const raptor = planner.RaptorAlgorithmFactory.create(known, transfers, interchange, day());
    const journeys = new planner.JourneyFactory();
    departAfter = new planner.DepartAfterQuery(raptor, journeys, 1);
    range = new planner.RangeQuery(raptor, journeys, 1, [new planner.MultipleCriteriaFilter()]);
  },
  at: (query) => departAfter.plan(query.from, query.to, day(), query.departure_s),
  points: (journeys) =>
    journeys.map(({ legs, arrivalTime }) => [legs.filter((leg) => leg.trip).length, arrivalTime]),
  range: (query, minutes) =>
    range.plan(query.from, query.to, day(), query.departure_s, query.departure_s + minutes * 60),
});
