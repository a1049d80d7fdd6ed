import { decimalOf, type PrimitiveType } from './types.ts';

const mask = '4294967295::UBIGINT';

function multiply(value: string, factor: number): string {
  return `((${value}) * ${factor}::UBIGINT & ${mask})`;
}

/** Rotation to the left: the value twice in 64 bits, so that it is computed once. */
function rotate(value: string, bits: number): string {
  return `((${value}) * 4294967297::UBIGINT >> ${32 - bits} & ${mask})`;
}

function mixBlock(block: string): string {
  return multiply(rotate(multiply(block, 0xcc9e2d51), 15), 0x1b873593);
}

function mixHash(hash: string, block: string): string {
  return `(${rotate(`xor(${hash}, ${mixBlock(block)})`, 13)} * 5::UBIGINT + ${0xe6546b64}::UBIGINT & ${mask})`;
}

/** `body` with a name for a value, so that the value is computed once. */
function withName(name: string, value: string, body: string): string {
  return `list_transform([${value}], lambda ${name}: ${body})[1]`;
}

function finish(hash: string): string {
  const first = withName('h1', hash, multiply('xor(h1, h1 >> 16)', 0x85ebca6b));
  const second = withName('h2', first, multiply('xor(h2, h2 >> 13)', 0xc2b2ae35));
  return withName('h3', second, 'xor(h3, h3 >> 16)');
}

function hashLongSql(value: string): string {
  const low = `(n & 4294967295)::UBIGINT`;
  const high = `((n >> 32) & 4294967295)::UBIGINT`;
  return finish(withName('n', `(${value})::BIGINT`, `xor(${mixHash(mixHash('0::UBIGINT', low), high)}, 8::UBIGINT)`));
}

/** Four bytes of a BLOB from a position (from 1) on as an unsigned integer, the first byte the lowest. */
function littleEndian(bytes: string, position: string): string {
  const swapped = '((w & 255) << 24) | ((w & 65280) << 8) | ((w >> 8) & 65280) | (w >> 24)';
  return withName('w', `array_slice(${bytes}, ${position}, ${position} + 3)::BIT::UINTEGER::UBIGINT`, `(${swapped})`);
}

function hashBytesSql(bytes: string): string {
  const blocks = `list_transform(range(octet_length(b) // 4), lambda i: ${littleEndian('b', '(4 * i + 1)')})`;
  const whole = `list_reduce(${blocks}, lambda h, k: ${mixHash('h', 'k')}, 0::UBIGINT)`;
  const rest = mixBlock(littleEndian(`(b || '\\x00\\x00\\x00\\x00'::BLOB)`, '(octet_length(b) // 4 * 4 + 1)'));
  return finish(withName('b', bytes, `xor(xor(${whole}, ${rest}), octet_length(b)::UBIGINT)`));
}

/** The fewest bytes, big endian, that hold an unscaled decimal in two's complement; those of -1 - n are the complement of those of n. */
function decimalBytesSql(value: string): string {
  const hex = `lpad(to_hex(m), ((length(to_hex(m::UHUGEINT * 2)) + 1) // 2 * 2)::INTEGER, '0')`;
  const bytes = `unhex(CASE WHEN n < 0 THEN translate(${hex}, '0123456789ABCDEF', 'FEDCBA9876543210') ELSE ${hex} END)`;
  const unscaled = `replace((${value})::VARCHAR, '.', '')::HUGEINT`;
  return withName('n', unscaled, withName('m', 'CASE WHEN n < 0 THEN -1 - n ELSE n END', bytes));
}

/** SQL of `hashValue` for an expression of a type, as an unsigned integer of 32 bits; NULL for NULL. */
export function hashSql(type: PrimitiveType, expression: string): string {
  if (decimalOf(type)) return hashBytesSql(decimalBytesSql(expression));
  switch (type) {
    case 'int':
    case 'long':
      return hashLongSql(expression);
    case 'date':
      return hashLongSql(`(${expression}) - DATE '1970-01-01'`);
    case 'time':
    case 'timestamp':
    case 'timestamptz':
      return hashLongSql(`epoch_us(${expression})`);
    case 'string':
      return hashBytesSql(`encode(${expression})`);
    case 'uuid':
      return hashBytesSql(`unhex(replace((${expression})::VARCHAR, '-', ''))`);
    default:
      return hashBytesSql(expression);
  }
}
