// Sliding windows, one pair for each method.

const WINDOWS = [
  [100, 60 * 1000],
  [200, 30 * 60 * 1000]
]
const seen = new Map()

export class QuotaError extends Error {
  constructor (method) {
    super(`${method}: too many calls`)
    this.name = 'QuotaError'
  }
}

export const metered = (method, fn) => async (...args) => {
  const now = Date.now()
  const stamps = (seen.get(method) || []).filter(at => at > now - WINDOWS[1][1])
  for (const [most, span] of WINDOWS) {
    if (stamps.filter(at => at > now - span).length >= most) throw new QuotaError(method)
  }
  seen.set(method, [...stamps, now])
  return fn(...args)
}
