/** Holds the newest of a stream of things, and forgets the oldest. */
export class Ring<Thing> {
  private readonly places: (Thing | undefined)[];
  private first = 0;
  private count = 0;

  constructor(readonly sizeMax: number) {
    this.places = new Array<Thing | undefined>(sizeMax);
  }

  get length(): number {
    return this.count;
  }

  push(thing: Thing): void {
    this.places[(this.first + this.count) % this.sizeMax] = thing;
    if (this.count < this.sizeMax) this.count += 1;
    else this.first = (this.first + 1) % this.sizeMax;
  }

  /** The place behind the newest thing of which `is` says yes; it is looked for from the newest on. */
  placeBehind(is: (thing: Thing) => boolean): number {
    let place = this.count;
    for (; place > 0; place -= 1) {
      const thing = this.at(place - 1);
      if (thing !== undefined && is(thing)) break;
    }
    return place;
  }

  /** Puts a thing before the one at a place; false where it would be the oldest of a full ring, which has no room for it. */
  insert(place: number, thing: Thing): boolean {
    const isFull = this.count === this.sizeMax;
    if (isFull && place === 0) return false;
    const later: Thing[] = [];
    for (let index = place; index < this.count; index += 1) {
      const moved = this.at(index);
      if (moved !== undefined) later.push(moved);
    }
    this.count = place;
    for (const one of [thing, ...later]) this.push(one);
    return true;
  }

  replace(place: number, thing: Thing): void {
    this.places[(this.first + place) % this.sizeMax] = thing;
  }

  /** The thing at a place, 0 being the oldest that is still held. */
  at(index: number): Thing | undefined {
    if (index < 0 || index >= this.count) return undefined;
    return this.places[(this.first + index) % this.sizeMax];
  }

  last(): Thing | undefined {
    return this.at(this.count - 1);
  }

  clear(): void {
    this.places.fill(undefined);
    this.first = 0;
    this.count = 0;
  }

  toArray(): Thing[] {
    const things: Thing[] = [];
    for (let index = 0; index < this.count; index += 1) {
      const thing = this.at(index);
      if (thing !== undefined) things.push(thing);
    }
    return things;
  }
}
