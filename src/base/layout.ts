/** Architectural state is bytes: a layout names the fields of one part's `Uint8Array`. The same layout reads a live part, a snapshot and a
 *  frame on the page. Little-endian, fields in declaration order, each aligned to its own width. */
export type FieldType = 'u8' | 'u16' | 'u32' | 'f64';

/** `type`, or `[type, count]` for an array. */
export type FieldSpec = FieldType | readonly [FieldType, number];

export interface Field {
  readonly name: string;
  readonly type: FieldType;
  /** Byte offset in the part. */
  readonly offset: number;
  /** Elements; 1 for a scalar. */
  readonly count: number;
}

type Schema = Readonly<Record<string, FieldSpec>>;
type ViewOf<S extends Schema> = { -readonly [K in keyof S]: S[K] extends FieldType ? number : ArrayField };

/** An array field, checked against its bounds. */
export interface ArrayField {
  readonly length: number;
  at(index: number): number;
  set(index: number, value: number): void;
}

export interface Layout<S extends Schema = Schema> {
  readonly fields: readonly Field[];
  /** Bytes, a multiple of 8. */
  readonly size: number;
  /** Typed accessors over `bytes` (exactly `size` long). For cold parts; hot parts index an Int32Array by word constants. */
  view(bytes: Uint8Array): ViewOf<S>;
}

const WIDTH: Record<FieldType, number> = { u8: 1, u16: 2, u32: 4, f64: 8 };

/** Lays out `schema`. Owns nothing; throws nothing. */
export function layout<const S extends Schema>(schema: S): Layout<S> {
  const fields: Field[] = [];
  let offset = 0;
  for (const [name, spec] of Object.entries(schema)) {
    const [type, count] = typeof spec === 'string' ? [spec, 1] : spec;
    offset = alignUp(offset, WIDTH[type]);
    fields.push({ name, type, offset, count });
    offset += WIDTH[type] * count;
  }
  const size = alignUp(offset, 8);
  return { fields, size, view: (bytes) => makeView(schema, fields, bytes) };
}

function alignUp(value: number, to: number): number {
  return Math.ceil(value / to) * to;
}

function makeView<S extends Schema>(schema: S, fields: readonly Field[], bytes: Uint8Array): ViewOf<S> {
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const view = {} as ViewOf<S>;
  for (const field of fields) {
    const { get, set } = accessors(data, field.type);
    const at = (index: number): number => field.offset + index * WIDTH[field.type];
    const spec = schema[field.name];
    if (typeof spec === 'string') {
      Object.defineProperty(view, field.name, { enumerable: true, get: () => get(field.offset), set: (v: number) => set(field.offset, v) });
    } else {
      const inside = (index: number): number => {
        if (!(index >= 0 && index < field.count))
          throw new RangeError(`invariant broken: index ${index} is inside ${field.name}[${field.count}]`);
        return at(index);
      };
      const array: ArrayField = { length: field.count, at: (i) => get(inside(i)), set: (i, v) => set(inside(i), v) };
      Object.defineProperty(view, field.name, { enumerable: true, value: array });
    }
  }
  return view;
}

function accessors(data: DataView, type: FieldType): { get: (at: number) => number; set: (at: number, v: number) => void } {
  switch (type) {
    case 'u8':
      return { get: (at) => data.getUint8(at), set: (at, v) => data.setUint8(at, v) };
    case 'u16':
      return { get: (at) => data.getUint16(at, true), set: (at, v) => data.setUint16(at, v, true) };
    case 'u32':
      return { get: (at) => data.getUint32(at, true), set: (at, v) => data.setUint32(at, v, true) };
    case 'f64':
      return { get: (at) => data.getFloat64(at, true), set: (at, v) => data.setFloat64(at, v, true) };
  }
}
