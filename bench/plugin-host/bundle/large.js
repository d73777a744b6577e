// What a plugin with a server of its own tends to carry. Each library does a little work while loading, as it does in a shop's
// plugin; the client then serves events like the small one.
import axios from "axios";
import * as dates from "date-fns";
import { enUS, ja, ko, vi, zhCN } from "date-fns/locale";
import _ from "lodash";
import * as rx from "rxjs";
import { ajax } from "rxjs/ajax";
import { webSocket } from "rxjs/webSocket";
import * as z from "zod/mini";
import "../../../tests/compat/independent-client/plugin.js";

const Settings = z.object({ url: z.url(), limit: z._default(z.number(), 50_000), tags: z.optional(z.array(z.string())) });
const settings = z.parse(Settings, { url: "https://api.example.com" });
const api = axios.create({ baseURL: settings.url, timeout: 5_000 });
const events = new rx.Subject();
events.pipe(rx.groupBy((event) => event.name), rx.mergeMap((group) => group.pipe(rx.debounceTime(500)))).subscribe();
const week = dates.eachDayOfInterval({ start: new Date(2026, 0, 1), end: new Date(2026, 0, 7) });
const labels = _.chain(week).map((day) => dates.format(day, "EEEE", { locale: ko })).uniq().value();

// Kept reachable, so that no bundler leaves a library out.
self.bench = { ajax, api, dates, labels, locales: { enUS, ja, ko, vi, zhCN }, lodash: _, rx, settings, webSocket };
console.log(`bench bundle: ready, ${labels.length} days`);
