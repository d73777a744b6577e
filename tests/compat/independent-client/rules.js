// A handful of checks in the manner of a schema library: each rule has `test(value, path)` and returns a list of complaints.

const complain = (path, wanted, value) => [{ path, wanted, got: value === null ? 'null' : typeof value }]

export const text = () => ({ test: (value, path) => (typeof value === 'string' ? [] : complain(path, 'string', value)) })

export const whole = () => ({ test: (value, path) => (Number.isInteger(value) ? [] : complain(path, 'integer', value)) })

export const flag = () => ({ test: (value, path) => (typeof value === 'boolean' ? [] : complain(path, 'boolean', value)) })

export const anything = () => ({ test: () => [] })

export const oneOf = (...allowed) => ({
  test: (value, path) => (allowed.includes(value) ? [] : complain(path, allowed.join('|'), value))
})

// "optional" lets a member be missing, and does not let it be null.
export const maybe = rule => ({ test: (value, path) => (value === undefined ? [] : rule.test(value, path)) })

export const list = rule => ({
  test: (value, path) =>
    Array.isArray(value)
      ? value.flatMap((entry, index) => rule.test(entry, [...path, index]))
      : complain(path, 'array', value)
})

export const shape = members => ({
  test: (value, path) =>
    value !== null && typeof value === 'object'
      ? Object.entries(members).flatMap(([name, rule]) => rule.test(value[name], [...path, name]))
      : complain(path, 'object', value)
})

export class RuleError extends Error {
  constructor (complaints) {
    super(JSON.stringify(complaints))
    this.name = 'RuleError'
    this.complaints = complaints
  }
}

export function enforce (rule, value) {
  const complaints = rule.test(value, [])
  if (complaints.length > 0) throw new RuleError(complaints)
}
