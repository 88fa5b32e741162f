// minotor: RAPTOR over one day in JavaScript, one departure; this version has no question for a range.
// A stop stands for all platforms of its station, at the start and at the end.

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { asked, folder, tell, version } from "./asked.mjs";

const home = `${folder}/node_modules/minotor`;
const { exports } = JSON.parse(readFileSync(`${home}/package.json`, "utf8"));
const module = (name) => import(pathToFileURL(`${home}/${exports[name].import}`).href);
const { Duration, Query, Router, Time } = await module(".");
const { GtfsParser } = await module("./parser");

let router, stops;

// Ids that look like numbers are numbers to it.
const id = (text) => (stops.findStopById(text) ? text : Number(text));

await tell({
  version: version("minotor"),
  async load() {
    const [year, month, day] = asked.date.split("-").map(Number);
    const parsed = await new GtfsParser(asked.feeds[0]).parse(new Date(year, month - 1, day));
    stops = parsed.stopsIndex;
    router = new Router(parsed.timetable, stops);
  },
  at(query) {
    const question = new Query.Builder()
      .from(id(query.from))
      .to(id(query.to))
      .departureTime(Time.fromSeconds(query.departure_s))
      .maxTransfers(7)
      .minTransferTime(Duration.zero())
      .build();
    const result = router.route(question);
    result.bestRoute();
    return result;
  },
  points(result, query) {
    const to = stops.equivalentStops(id(query.to));
    return result.earliestArrivalsPerRound.flatMap((round, rides) =>
      to.flatMap((stop) => (round.has(stop) ? [[rides, round.get(stop).time.toSeconds()]] : [])),
    );
  },
});
