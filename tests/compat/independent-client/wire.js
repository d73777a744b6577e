// The transport: envelopes, pairing of answers, the log that follows every message.

const REPLY_WAIT = 30000
const HOLD = 5000
const HELD_NAMES = new Set(['toast.open', 'modal.open'])
const SAMPLED = /baemin|yogiyo|coupangeats/
const SECRET = /address|phone|id|token/i
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/* global PROFILE */
const phase = typeof PROFILE === 'undefined' ? 'unknown' : PROFILE

const inFrame = (() => {
  try {
    return typeof window !== 'undefined' && window.self !== window.top
  } catch (e) {
    return true
  }
})()

export const ticket = (length = 10) => {
  let out = ''
  for (let i = 0; i < length; i++) out += LETTERS[Math.floor(Math.random() * LETTERS.length)]
  return out
}

const sessionId = ticket(21)
const pending = new Map()
const takers = new Map()
const undelivered = new Map()
const heldBack = []
const unsentLogs = []
let identity = null
let holding = true

const raw = message => (inFrame ? window.parent.postMessage(message, '*') : self.postMessage(message))

function record (title, contents) {
  if (phase === 'live' && SAMPLED.test(contents.name || '') && Math.random() >= 0.01) return
  if (phase === 'dev' || phase === 'local') console.log(title, contents)
  const entry = { title, timestamp: new Date().toISOString(), contents, level: 'LOG', phase, sessionId }
  if (identity === null) unsentLogs.push(entry)
  else ship(entry)
}

function ship (entry) {
  raw({
    name: 'log',
    version: 1,
    data: {
      type: 'debug',
      log: {
        ...entry,
        extension_version: '0.9.3',
        extension_name: 'independent-client',
        plugin_version: identity.version,
        plugin_name: identity.name
      }
    }
  })
}

const mask = thing => {
  if (thing === null || typeof thing !== 'object') return thing
  return Object.fromEntries(Object.entries(thing).map(([k, v]) => [k, SECRET.test(k) ? '***' : mask(v)]))
}

export function post (message) {
  if (holding && HELD_NAMES.has(message.name)) {
    heldBack.push(message)
    return
  }
  raw(message)
  record('eventMessage', { name: message.name, callbackId: message.callbackId })
}

setTimeout(() => {
  holding = false
  heldBack.splice(0).forEach(post)
}, HOLD)

export class HostRefusal extends Error {
  constructor (message) {
    super(message)
    this.name = 'HostRefusal'
  }
}

class Silence extends Error {}

function once (name, data, wait) {
  const callbackId = ticket()
  return new Promise((resolve, reject) => {
    const alarm = setTimeout(() => {
      pending.delete(callbackId)
      record('TIMEOUT_ERROR', { name, callbackId })
      reject(new Silence(`[${identity === null ? '?' : identity.name}] ${name} 요청이 ${wait}ms 넘게 걸리고 있어요`))
    }, wait)
    // Whatever carries the id is the answer; its name is not looked at.
    pending.set(callbackId, reply => {
      clearTimeout(alarm)
      pending.delete(callbackId)
      if (reply.complete === true) resolve(reply)
      else reject(new HostRefusal(reply.errorMessage))
    })
    post({ name, version: 1, callbackId, data })
  })
}

export async function ask (name, data = {}, { wait = REPLY_WAIT, again = false } = {}) {
  const breaks = again ? [0, 1000, 2000] : []
  while (true) {
    try {
      return await once(name, data, wait)
    } catch (problem) {
      if (!(problem instanceof Silence) || breaks.length === 0) throw problem
      const rest = breaks.shift()
      await new Promise(resolve => setTimeout(resolve, rest))
    }
  }
}

export function take (name, taker) {
  takers.set(name, taker)
  const early = undelivered.get(name) || []
  undelivered.delete(name)
  early.forEach(taker)
}

// Answers to the host's own questions go out without a version.
export const reply = (question, data) =>
  post({ name: question.name.replace(/\.request$/, '.response'), callbackId: question.callbackId, data })

function arrived (message) {
  if (!message || typeof message.name !== 'string') return
  record('eventMessage', { name: message.name, callbackId: message.callbackId })
  const waiter = message.callbackId && pending.get(message.callbackId)
  if (waiter) {
    waiter(message.data)
  } else if (takers.has(message.name)) {
    takers.get(message.name)(message)
  } else {
    undelivered.set(message.name, [...(undelivered.get(message.name) || []), message])
  }
}

if (inFrame) {
  window.addEventListener('message', event => arrived(event.data))
  window.addEventListener('error', event => record('onError', mask({ message: event.message })))
} else {
  self.onmessage = event => arrived(event.data)
  self.onerror = (message, source, line) => {
    record('onError', mask({ message: String(message), source, line }))
    return true
  }
}

export const me = ask('plugin.info.request', {}, { again: true }).then(({ name, version }) => {
  identity = { name, version }
  unsentLogs.splice(0).forEach(ship)
  return identity
})
