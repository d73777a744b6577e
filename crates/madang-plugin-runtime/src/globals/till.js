// What the globals themselves ask the till, in messages `madang.…` through the same door as the plugin's own.
(function (native, shared) {
  'use strict';
  shared.use('text');
  const waiting = new Map();
  const listeners = new Map();
  let asked = 0;

  function post(name, data, callbackId) {
    native.post(callbackId === undefined ? { name, version: 1, data } : { name, version: 1, callbackId, data });
  }

  // No SDK makes an id with a colon, so no answer is taken that was the plugin's own.
  shared.ask = (name, data) => new Promise((resolve, reject) => {
    asked += 1;
    const callbackId = `madang:${asked}`;
    post(name, data, callbackId);
    waiting.set(callbackId, { resolve, reject });
  });
  shared.tell = (name, data) => post(name, data);
  shared.hear = (name, id, listener) => listeners.set(`${name} ${id}`, listener);
  shared.hearNoMore = (name, id) => listeners.delete(`${name} ${id}`);

  // Whether the message was for the globals.
  shared.takes = (message) => {
    const answer = waiting.get(message?.callbackId);
    if (answer !== undefined) {
      waiting.delete(message.callbackId);
      if (message.data?.complete === true) answer.resolve(message.data);
      else answer.reject(new Error(String(message.data?.errorMessage ?? 'the till did not answer')));
      return true;
    }
    const listener = listeners.get(`${message?.name} ${message?.data?.id}`);
    listener?.(message.data);
    return listener !== undefined;
  };

  // Text as it is, anything else in base64.
  shared.contentOf = (bytes) => {
    try {
      return { text: native.decode(bytes, 'utf-8', true) };
    } catch {
      return { bytes: native.base64Encode(bytes) };
    }
  };
  shared.bytesOfContent = ({ text, bytes }) => new Uint8Array(bytes === undefined ? native.utf8Encode(text ?? '') : native.base64Decode(bytes));
})
