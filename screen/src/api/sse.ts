/** One event of a server-sent stream. */
export interface StreamEvent {
  id: string | undefined;
  event: string;
  data: string;
}

/** The longest event that is read; the server's largest, a cart of 500 lines, is well below it. */
const EVENT_CHARACTERS_MAX = 8_000_000;

/**
 * Reads events out of chunks of text, wherever the chunks were cut: within a line, or between the two characters of a line's
 * end. `EventSource` is not used because it cannot send the key in a header.
 */
export class StreamParser {
  private rest = '';
  private skipLineFeed = false;
  private id: string | undefined;
  private event = '';
  private data: string[] = [];

  /** The events that are whole now. */
  push(chunk: string): StreamEvent[] {
    if (chunk === '') return [];
    const seen = this.rest.length;
    const text = this.rest + (this.skipLineFeed && chunk.startsWith('\n') ? chunk.slice(1) : chunk);
    this.skipLineFeed = false;
    const events: StreamEvent[] = [];
    let from = 0;
    // What was kept from the last chunk has no line end in it.
    for (let at = seen; at < text.length; at += 1) {
      const character = text[at];
      if (character !== '\n' && character !== '\r') continue;
      this.line(text.slice(from, at), events);
      if (character === '\r') {
        if (at + 1 === text.length) this.skipLineFeed = true;
        else if (text[at + 1] === '\n') at += 1;
      }
      from = at + 1;
    }
    this.rest = text.slice(from);
    if (this.rest.length > EVENT_CHARACTERS_MAX) throw new Error('an event of the stream is longer than any the till sends');
    return events;
  }

  private line(line: string, events: StreamEvent[]): void {
    if (line === '') {
      if (this.data.length > 0) events.push({ id: this.id, event: this.event || 'message', data: this.data.join('\n') });
      this.event = '';
      this.data = [];
      return;
    }
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') this.data.push(value);
    else if (field === 'event') this.event = value;
    else if (field === 'id' && !value.includes('\0')) this.id = value;
  }
}
