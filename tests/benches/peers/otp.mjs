// OpenTripPlanner, a server in Java, over loopback. Its time is what its own clock says of a question,
// in whole ms: HTTP and JSON do not count.
// It always answers for a window of departures: for one departure of the length that it chooses, for a
// range of the length asked. From stop to stop it walks between two rides, on straight lines, but not at
// the start and the end: that needs streets.

import { spawn } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asked, folder, tell } from "./asked.mjs";

const SPEED = asked.doors ? 1.2 : 0.96; // as jol walks; as the footpaths of the feeds were made
const TRANSFER_METRES = 400;
const ACCESS_METRES = 1000;
const HOUR_MS = 3_600_000;

const QUERY = `query ($from: InputCoordinates, $to: InputCoordinates, $fromPlace: String, $toPlace: String,
    $date: String!, $time: String!, $window: Long) {
  plan(from: $from, to: $to, fromPlace: $fromPlace, toPlace: $toPlace, date: $date, time: $time,
      searchWindow: $window, numItineraries: 50, transportModes: [{mode: TRANSIT}, {mode: WALK}]) {
    debugOutput { totalTime }
    itineraries { startTime endTime legs { transitLeg } }
  }
}`;

const place = mkdtempSync(join(tmpdir(), "jol-otp-"));
let server, url;
process.on("exit", () => {
  server?.kill("SIGKILL");
  rmSync(place, { recursive: true, force: true });
});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(1));

const freePort = () =>
  new Promise((resolve) => {
    const listener = createServer().listen(0, "127.0.0.1", () => {
      const { port } = listener.address();
      listener.close(() => resolve(port));
    });
  });

const json = (name, value) => writeFileSync(join(place, name), JSON.stringify(value));
const seconds = (metres) => `PT${Math.ceil(metres / SPEED)}S`;
const clock = (s) =>
  [s / 3600, (s / 60) % 60, s % 60].map((part) => String(Math.floor(part)).padStart(2, "0")).join(":");

async function load() {
  const around = (days) => new Date(Date.parse(asked.date) + days * 24 * HOUR_MS).toISOString().slice(0, 10);
  asked.feeds.forEach((feed, nth) => copyFileSync(feed, join(place, `${nth}.gtfs.zip`)));
  if (asked.osm) copyFileSync(asked.osm, join(place, "map.osm.pbf"));
  json("build-config.json", {
    transitServiceStart: around(-1),
    transitServiceEnd: around(2),
    maxTransferDuration: seconds(TRANSFER_METRES),
    transitFeeds: asked.feeds.map((_, nth) => ({ type: "gtfs", source: `${nth}.gtfs.zip`, feedId: `${nth}` })),
  });
  const slack = asked.doors ? {} : { transferSlack: "0s", boardSlack: "0s", alightSlack: "0s" };
  const accessEgress = { maxDuration: seconds(ACCESS_METRES) };
  json("router-config.json", { routingDefaults: { ...slack, walk: { speed: SPEED }, accessEgress } });
  const port = await freePort();
  url = `http://127.0.0.1:${port}/otp/gtfs/v1`;
  const jar = ["-Xmx4G", "-jar", join(folder, "otp.jar"), "--build", "--serve", "--bindAddress", "127.0.0.1"];
  server = spawn(join(folder, "java"), [...jar, "--port", `${port}`, place]);
  const said = [];
  server.stderr.on("data", (text) => said.push(text));
  await new Promise((resolve, reject) => {
    server.stdout.on("data", (text) => {
      said.push(text);
      if (String(text).includes("Grizzly server running")) resolve();
    });
    server.on("exit", () => reject(new Error(`OpenTripPlanner ended:\n${said.join("").slice(-2000)}`)));
  });
}

async function ask(query, window) {
  const at = ([lat, lon]) => ({ lat, lon });
  const ends = asked.doors
    ? { from: at(query.from_point), to: at(query.to_point) }
    : { fromPlace: `::0:${query.from}`, toPlace: `::0:${query.to}` };
  const variables = { ...ends, date: asked.date, time: clock(query.departure_s), window };
  const headers = { "Content-Type": "application/json" };
  const body = JSON.stringify({ query: QUERY, variables });
  const { data, errors } = await (await fetch(url, { method: "POST", headers, body })).json();
  if (!data?.plan) throw new Error(JSON.stringify(errors));
  return { took_ms: data.plan.debugOutput.totalTime, itineraries: data.plan.itineraries };
}

await tell({
  version: folder.split("-").at(-1),
  load,
  at: (query) => ask(query, null),
  points: ({ itineraries }, { midnight_ms }) =>
    itineraries.map(({ endTime, legs }) => [
      legs.filter((leg) => leg.transitLeg).length,
      (endTime - midnight_ms) / 1000,
    ]),
  range: (query, minutes) => ask(query, minutes * 60),
});
process.exit(0);
