/**
 * Random numbers as a pure function of seed, stream and position: integer arithmetic alone, so every machine and every
 * version of JavaScript draws the same, and any row can be drawn without those before it.
 */
export interface Keys {
  first: number;
  second: number;
}

/** The keys of one independent stream of a seed. The seed is an integer from 0 to 2^53 - 1. */
export function streamKeys(seed: number, stream: string): Keys {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new RangeError(`seed is ${seed}; expected an integer from 0 to ${Number.MAX_SAFE_INTEGER}`);
  }
  const absorb = (start: number): number => {
    let state = mix(mix(start, seed >>> 0), Math.floor(seed / 2 ** 32));
    for (let i = 0; i < stream.length; i++) state = mix(state, stream.charCodeAt(i));
    return state;
  };
  return { first: absorb(0x9e3779b9), second: absorb(0x7f4a7c15) };
}

function mix(state: number, value: number): number {
  return drawAt({ first: state | 0, second: 0x2545f491 }, value);
}

/** The number at `position` of the stream of `keys`, from 0 to 2^32 - 1; positions repeat after 2^32. */
export function drawAt(keys: Keys, position: number): number {
  let x = position ^ keys.first;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad) ^ keys.second;
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  x = Math.imul(x ^ (x >>> 16), 0x45d9f3b5);
  return (x ^ (x >>> 15)) >>> 0;
}

/** Spreads a number of `drawAt` over the integers from 0 to `count` - 1; exact for a `count` up to 2^21. */
export function spread(draw: number, count: number): number {
  return Math.floor((draw * count) / 2 ** 32);
}

/** Draws one after the other from a stream. */
export interface Random {
  /** An integer from 0 to 2^32 - 1. */
  draw(): number;
  /** An integer from 0 to `count` - 1. */
  below(count: number): number;
  /** Whether an event of `perMille` happens. */
  chance(perMille: number): boolean;
  /** An element of a list that has some. */
  pick<Value>(values: readonly Value[]): Value;
}

/** Starts a stream of a seed at its first number. */
export function createRandom(seed: number, stream: string): Random {
  const keys = streamKeys(seed, stream);
  let position = 0;
  const draw = (): number => drawAt(keys, position++);
  const below = (count: number): number => spread(draw(), count);
  return {
    draw,
    below,
    chance: (perMille) => below(1000) < perMille,
    pick<Value>(values: readonly Value[]): Value {
      return values[below(values.length)] as Value;
    },
  };
}

/** The integers from 0 to `count` - 1 in an order that the seed decides. */
export function shuffledIndexes(count: number, random: Random): Int32Array {
  const order = Int32Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last--) {
    const other = random.below(last + 1);
    const kept = order[last] as number;
    order[last] = order[other] as number;
    order[other] = kept;
  }
  return order;
}
