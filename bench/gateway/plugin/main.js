/* global bench */
// Calls a server that never answers, aborts when told, and tells when that was. `bench` is written before it: where the server and
// whoever asks are, and how many calls there are to be.

const told = [];
for (let name = 0; name < bench.count; name += 1) {
  const controller = new AbortController();
  const call = fetch(`${bench.origin}/never/${name}`, { signal: controller.signal }).then(
    () => "answered",
    (error) => error.name,
  );
  // Answered when the server has the call.
  await fetch(`${bench.control}/abort/${name}`);
  // The clock stands still within a turn: this is when the turn began, which is before the abort.
  const abortedMs = performance.timeOrigin + performance.now();
  controller.abort();
  told.push({ abortedMs, end: await call });
}
await fetch(`${bench.control}/told`, { method: "POST", body: JSON.stringify(told) });
