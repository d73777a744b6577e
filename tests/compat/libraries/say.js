/** Tells the till and the console one line, without any SDK. */
export function say(message) {
  console.log(message);
  self.postMessage({ name: "toast.open", version: 1, data: { message } });
}
